import { type Activation, dense, type Loss, network } from 'glissade';
import { greatestError } from './closeness';
import { type Targets, targetsOfLoss, task } from './examples';
import { ReferenceNetwork } from './reference_network';

const activations: Activation[] = ['identity', 'relu', 'tanh', 'sigmoid', 'gelu'];
const cases = activations.flatMap((activation) =>
  targetsOfLoss.map(([loss, targets]): [Activation, Loss, Targets] => [activation, loss, targets]),
);

/** Central differences of the loss in each parameter. */
function differences(reference: ReferenceNetwork, loss: () => number): number[] {
  const h = 1e-5;
  return Array.from(reference.parameters, (value, i) => {
    const at = (x: number) => {
      reference.parameters[i] = x;
      const result = loss();
      reference.parameters[i] = value;
      return result;
    };
    return (at(value + h) - at(value - h)) / (2 * h);
  });
}

test.each(cases)('the gradient of the reference is what its losses say (%s, %s, %s)', (activation, loss, targets) => {
  const model = network({ inputs: 3, layers: [dense(4, { activation }), dense(2)], type: 'float64', seed: 1 });
  const { examples } = task(5, 3, 2, loss, targets);
  const reference = new ReferenceNetwork(model);
  const { gradient } = reference.gradient(examples, loss);
  expect(
    greatestError(
      gradient,
      differences(reference, () => reference.loss(examples, loss)),
    ),
  ).toBeLessThan(1e-9);
});
