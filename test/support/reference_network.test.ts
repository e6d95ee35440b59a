import { dense } from '../../lib/layers/dense';
import type { Activation } from '../../lib/layers/layer';
import type { LossLike } from '../../lib/losses/loss';
import { network } from '../../lib/training/network';
import { greatestError } from './closeness';
import { type Targets, task, weighted } from './examples';
import { targetsOfLoss, targetsOfOptions } from './loss_examples';
import { ReferenceNetwork } from './reference_network';

const activations: Activation[] = ['identity', 'relu', 'tanh', 'sigmoid', 'gelu'];
const cases = activations.flatMap((activation) =>
  [...targetsOfLoss, ...targetsOfOptions].map(([loss, targets]): [Activation, LossLike, Targets] => [
    activation,
    loss,
    targets,
  ]),
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

test.each(cases)('the gradient of the reference is that of its losses (%s, %j, %s)', (activation, loss, targets) => {
  const model = network({ inputs: 3, layers: [dense(4, { activation }), dense(4)], type: 'float64', seed: 1 });
  const { examples } = weighted(task(6, 3, 4, loss, targets));
  const reference = new ReferenceNetwork(model);
  const { gradient } = reference.gradient(examples, loss);
  expect(
    greatestError(
      gradient,
      differences(reference, () => reference.loss(examples, loss)),
    ),
  ).toBeLessThan(1e-9);
});
