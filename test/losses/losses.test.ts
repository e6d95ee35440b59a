import { adam, Dataset, dense, type Loss, network, sgd } from 'glissade';
import { greatestError } from '../support/closeness';
import { type Targets, targetsOfLoss, task } from '../support/examples';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { ReferenceNetwork, ReferenceTraining } from '../support/reference_network';

const make = (outputs: number) =>
  network({ inputs: 5, layers: [dense(6, { activation: 'tanh' }), dense(outputs)], type: 'float64', seed: 4 });

const cases = instructionSets.flatMap((set) =>
  targetsOfLoss.map(([loss, targets]): [Loss, Targets, string] => [loss, targets, set]),
);

describe.each(cases)('the loss %s, of %s, on %s', (loss, targets, instructionSet) => {
  useInstructionSet(instructionSet);

  const few = loss === 'crossEntropy' ? 2 : 1;
  test.each([few, 3, 17])('over %i outputs is that of the reference', (outputs) => {
    const { data, examples } = task(600, 5, outputs, loss, targets);
    const model = make(outputs);
    expect(model.evaluate(data, { loss }).loss).toBeCloseTo(new ReferenceNetwork(model).loss(examples, loss), 12);
  });

  test.each([1, 2])('is trained on as by the reference, with %i thread(s)', async (threads) => {
    const { data, examples } = task(30, 5, 4, loss, targets);
    const model = make(4);
    const optimizer = adam({ learningRate: 0.01 });
    const training = new ReferenceTraining(make(4), loss, optimizer);
    const options = { loss, optimizer, batchSize: 7, shuffle: false };
    const { epochs } = await withThreads(threads, () => model.fit(data, options));
    const losses = training.epoch(examples, 7);
    const weighted = (losses.slice(0, 4).reduce((sum, x) => sum + 7 * x, 0) + 2 * losses[4]!) / 30;
    expect(epochs[0]!.loss).toBeCloseTo(weighted, 12);
    expect(greatestError(model.parameters, training.network.parameters)).toBeLessThan(1e-10);
  });
});

describe.each(targetsOfLoss.filter(([loss]) => loss !== 'squared'))('the accuracy under %s, of %s', (loss, targets) => {
  test('is the share of rows that are classified rightly', () => {
    const { data, examples } = task(500, 5, 3, loss, targets);
    const model = make(3);
    expect(model.evaluate(data, { loss, metrics: ['accuracy'] }).accuracy).toBe(
      new ReferenceNetwork(model).accuracy(examples, loss),
    );
  });
});

describe('losses far from right', () => {
  /** A network without inputs that count: its outputs are its biases. */
  function says(outputs: number[], type: 'float32' | 'float64') {
    const model = network({ inputs: 1, layers: [dense(outputs.length)], type });
    model.parameters.fill(0);
    model.parameters.set(outputs, outputs.length);
    return model;
  }
  const only = (targets: number[]) => new Dataset({ inputs: [[0]], targets: [targets] });

  test.each(['float32', 'float64'] as const)('stay finite and right for large logits, in %s', (type) => {
    expect(says([1000, 0, -1000], type).evaluate(only([2]), { loss: 'crossEntropy' }).loss).toBe(2000);
    expect(says([1000, 0, -1000], type).evaluate(only([0]), { loss: 'crossEntropy' }).loss).toBe(0);
    expect(says([1000, -1000], type).evaluate(only([0, 1]), { loss: 'logistic' }).loss).toBe(2000);
    expect(says([1000, -1000], type).evaluate(only([1, 0]), { loss: 'logistic' }).loss).toBe(0);
    expect(says([1000], type).evaluate(only([0]), { loss: 'squared' }).loss).toBe(1e6);
  });

  test.each(['float32', 'float64'] as const)(
    'have gradients that are finite and right for large logits, in %s',
    async (type) => {
      const step = { optimizer: sgd({ learningRate: 1 }) };
      const softmax = says([1000, 0, -1000], type);
      await softmax.fit(only([2]), { loss: 'crossEntropy', ...step });
      expect(greatestError(softmax.tensors.get('layers.0.bias')!.data, [999, 0, -999])).toBeLessThan(1e-30);
      const logits = says([1000, -1000], type);
      await logits.fit(only([0, 1]), { loss: 'logistic', ...step });
      expect(greatestError(logits.tensors.get('layers.0.bias')!.data, [999, -999])).toBeLessThan(1e-30);
    },
  );
});
