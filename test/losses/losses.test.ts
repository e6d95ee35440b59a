import '../../lib/losses';
import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import type { Loss, LossLike } from '../../lib/losses/loss';
import { adam } from '../../lib/optimizers/adam';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { greatestError } from '../support/closeness';
import { type Targets, task, weighted } from '../support/examples';
import { instructionSets, useInstructionSet, withThreads } from '../support/instruction_sets';
import { isClassifier, targetsOfLoss, targetsOfOptions } from '../support/loss_examples';
import { lossFunction, totalShare } from '../support/loss_functions';
import { ReferenceNetwork, ReferenceTraining } from '../support/reference_network';

/** Whether the options of a loss are for four outputs. */
const takesFour = (loss: object): boolean =>
  'classWeights' in loss || 'heads' in loss || Array.isArray((loss as Loss).quantile);

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

const make = (outputs: number) =>
  network({ inputs: 5, layers: [dense(6, { activation: 'tanh' }), dense(outputs)], type: 'float64', seed: 4 });

const made = new Map<string, unknown>();

/** Computes a value once for all instruction sets and numbers of threads. */
function once<T>(key: unknown, make: () => T): T {
  const name = JSON.stringify(key);
  if (!made.has(name)) made.set(name, make());
  return made.get(name) as T;
}

const all = [...targetsOfLoss, ...targetsOfOptions];
const cases = instructionSets.flatMap((set) =>
  all.map(([loss, targets]): [LossLike, Targets, string] => [loss, targets, set]),
);
const weightings = [
  ['of equal weights', (examples: ReturnType<typeof task>) => examples],
  ['of weights', weighted],
] as const;

describe.each(cases)('the loss %j, of %s, on %s', (loss, targets, instructionSet) => {
  useInstructionSet(instructionSet);

  const few = loss === 'crossEntropy' ? 2 : 1;
  const takesAny = typeof loss === 'string' || !takesFour(loss);
  const counts = takesAny ? [...new Set(targets === 'classes' ? [few + 1, 17] : [few, 3, 17])] : [4];
  test.each(counts)('over %i outputs equals that of the reference', (outputs) => {
    const model = make(outputs);
    for (const [weights, weigh] of weightings) {
      const { data, expected } = once({ loss, targets, outputs, weights }, () => {
        const { data, examples } = weigh(task(600, 5, outputs, loss, targets));
        return { data, expected: new ReferenceNetwork(model).loss(examples, loss) };
      });
      expect(Math.abs(model.evaluate(data, { loss }).loss / expected - 1)).toBeLessThan(1e-12);
    }
  });

  test.each([1, 2])('trains like the reference, with %i thread(s)', async (threads) => {
    const optimizer = adam({ learningRate: 0.01 });
    for (const [weights, weigh] of weightings) {
      const { data, mean, parameters } = once({ loss, targets, weights }, () => {
        const { data, examples } = weigh(task(30, 5, 4, loss, targets));
        const training = new ReferenceTraining(make(4), loss, optimizer);
        const means = training.epoch(examples, 7);
        const shares = means.map((_, i) => totalShare(lossFunction(loss), examples.slice(7 * i, 7 * i + 7)));
        const mean = sum(means.map((value, i) => value * shares[i]!)) / sum(shares);
        return { data, mean, parameters: training.network.parameters };
      });
      const model = make(4);
      const options = { loss, optimizer, batchSize: 7, shuffle: false };
      const { epochs } = await withThreads(threads, () => model.fit(data, options));
      expect(Math.abs(epochs[0]!.loss / mean - 1)).toBeLessThan(1e-12);
      expect(greatestError(model.parameters, parameters)).toBeLessThan(1e-10);
    }
  });
});

describe.each(all.filter(([loss]) => isClassifier(loss)))('the accuracy under %j, of %s', (loss, targets) => {
  test.each(weightings)('has as accuracy the share of examples %s that are classified correctly', (_, weigh) => {
    const { data, examples } = weigh(task(500, 5, 4, loss, targets));
    const model = make(4);
    const { accuracy } = model.evaluate(data, { loss, metrics: ['accuracy'] });
    expect(accuracy).toBeCloseTo(new ReferenceNetwork(model).accuracy(examples, loss), 12);
    expect(accuracy).toBeGreaterThan(0);
  });
});

describe('losses far from the target', () => {
  /** A network with its biases as outputs. */
  function says(outputs: number[], type: 'float32' | 'float64') {
    const model = network({ inputs: 1, layers: [dense(outputs.length)], type });
    model.parameters.fill(0);
    model.parameters.set(outputs, outputs.length);
    return model;
  }
  const only = (targets: number[]) => new Dataset({ inputs: [[0]], targets: [targets] });

  test.each(['float32', 'float64'] as const)('stay finite and accurate for large outputs, in %s', (type) => {
    const loss = (outputs: number[], targets: number[], name: LossLike) =>
      says(outputs, type).evaluate(only(targets), { loss: name }).loss;
    expect(loss([1000, 0, -1000], [2], 'crossEntropy')).toBe(2000);
    expect(loss([1000, 0, -1000], [0], 'crossEntropy')).toBe(0);
    expect(loss([1000, -1000], [0, 1], 'logistic')).toBe(2000);
    expect(loss([1000, -1000], [1, 0], 'logistic')).toBe(0);
    expect(loss([1000, 0, -1000], [2], 'focal')).toBe(2000);
    expect(loss([1000, 0, -1000], [0], 'focal')).toBeLessThan(1e-30);
    expect(loss([1000, -1000], [0, 1], 'focal')).toBe(2000);
    expect(loss([1000, -1000], [1, 0], 'focal')).toBe(0);
    expect(loss([1000], [0], 'squared')).toBe(1e6);
    expect(loss([1000], [0], 'absolute')).toBe(1000);
    expect(loss([1000], [0], 'huber')).toBe(999.5);
    expect(loss([1000], [0], 'quantile')).toBe(500);
    expect(loss([1000], [-1], 'hinge')).toBe(1001);
    expect(loss([1000], [-1], 'squaredHinge')).toBe(1001 ** 2);
    expect(loss([1000, 0, -1000], [2], 'hinge')).toBe(2001);
    expect(loss([-1000], [3], 'poisson')).toBe(3000);
  });

  test.each([
    ['logistic', 'probabilities'],
    ['logistic', 'bits'],
    ['crossEntropy', 'classes'],
  ] as const)('of focal with γ = 0 equal those of %s, of %s, and so do gradients', (loss, targets) => {
    const model = make(3);
    const { data } = task(50, 5, 3, loss === 'logistic' ? loss : 'focal', targets);
    const [plain, focal] = [loss, { name: 'focal', gamma: 0 } as const].map((loss) => model.gradient(data, { loss }));
    expect(Math.abs(focal!.loss / plain!.loss - 1)).toBeLessThan(1e-15);
    expect(greatestError(focal!.gradient, plain!.gradient)).toBeLessThan(1e-15);
  });

  test.each(['float32', 'float64'] as const)(
    'have finite and accurate gradients for large outputs, in %s',
    async (type) => {
      const step = { optimizer: sgd({ learningRate: 1 }) };
      const softmax = says([1000, 0, -1000], type);
      await softmax.fit(only([2]), { loss: 'crossEntropy', ...step });
      expect(greatestError(softmax.tensors.get('layers.0.bias')!.data, [999, 0, -999])).toBeLessThan(1e-30);
      const logits = says([1000, -1000], type);
      await logits.fit(only([0, 1]), { loss: 'logistic', ...step });
      expect(greatestError(logits.tensors.get('layers.0.bias')!.data, [999, -999])).toBeLessThan(1e-30);
      const focal = says([1000, 0, -1000], type);
      await focal.fit(only([2]), { loss: 'focal', ...step });
      expect(greatestError(focal.tensors.get('layers.0.bias')!.data, [999, 0, -999])).toBeLessThan(1e-30);
      const rates = says([-1000], type);
      await rates.fit(only([3]), { loss: 'poisson', ...step });
      expect(greatestError(rates.tensors.get('layers.0.bias')!.data, [-997])).toBeLessThan(1e-30);
    },
  );
});
