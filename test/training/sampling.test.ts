import { Dataset } from '../../lib/data/dataset';
import { dense } from '../../lib/layers/dense';
import { sgd } from '../../lib/optimizers/sgd';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { network } from '../../lib/training/network';
import type { RunOptions, Sampling } from '../../lib/training/run_options';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { range } from '../support/numbers';
import fc from '../support/properties';
import { expectRefusal } from '../support/refusals';

/** One-hot rows, so that each row has its own weight, with positive classes as targets. */
const oneHot = (classes: number[]): Dataset => {
  const inputs = new Float64Array(classes.length ** 2);
  for (const i of range(classes.length)) inputs[i * (classes.length + 1)] = 1;
  return new Dataset({ inputs, columns: classes.length, targets: classes });
};

const linear = (inputs: number) => {
  const model = network({ inputs, layers: [dense(1)], type: 'float64' });
  model.parameters.fill(0);
  return model;
};

const groups = [{ tensors: ['layers.0.bias'], frozen: true }];

/** The minibatch of each row, if each occurs once. It is found by its learning rate. */
async function minibatches(data: Dataset, classes: number[], batchSize: number, options: RunOptions, seed = 0) {
  const count = Math.ceil(data.rows / batchSize);
  const rate = (batch: number) => 1e-3 * (batch + 1);
  const learningRate = linearSchedule({ from: rate(0), to: rate(count), steps: count });
  const model = linear(data.columns);
  const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate }), groups, seed });
  await trainer.fit(data, { ...options, batchSize });
  return range(data.rows).map((row) => {
    const weight = model.parameters[row]!;
    const batch = range(count).find((b) => {
      const size = Math.min(batchSize, data.rows - b * batchSize);
      return Math.abs(weight / ((rate(b) * 2 * classes[row]!) / size) - 1) < 1e-9;
    });
    return batch ?? -1;
  });
}

/** The number of visits of each row. Each visit shrinks the distance to its target by the same factor. */
async function visits(data: Dataset, options: RunOptions, seed = 0): Promise<number[]> {
  const model = linear(data.columns);
  const learningRate = 0.001;
  const trainer = new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate }), groups, seed });
  await trainer.fit(data, { ...options, batchSize: 1 });
  return range(data.columns).map((row) =>
    Math.round(Math.log(1 - model.parameters[row]!) / Math.log(1 - 2 * learningRate)),
  );
}

const ones = range(20).map(() => 1);

describe('sampling', () => {
  test.each<[Sampling | undefined]>([[undefined], ['permutation'], ['sequential'], ['stratified']])(
    '%p visits every row once an epoch',
    async (sampling) => {
      expect(await visits(oneHot(ones), { sampling })).toEqual(ones);
      expect(await visits(oneHot(ones), { sampling, epochs: 3 })).toEqual(ones.map(() => 3));
    },
  );

  test('sequential goes in order, as shuffle: false does', async () => {
    for (const options of [
      { sampling: 'sequential' },
      { shuffle: false },
      { sampling: 'sequential', shuffle: false },
    ] as const)
      for (const batchSize of [1, 3, 20])
        expect(await minibatches(oneHot(ones), ones, batchSize, options)).toEqual(
          range(20).map((i) => Math.floor(i / batchSize)),
        );
  });

  test('by permutation is the default, and equals shuffle: true', async () => {
    const order = (options: RunOptions) => minibatches(oneHot(ones), ones, 3, options, 5);
    const expected = await order({});
    expect(expected).not.toEqual(range(20).map((i) => Math.floor(i / 3)));
    expect([...expected].sort((a, b) => a - b)).toEqual(range(20).map((i) => Math.floor(i / 3)));
    for (const options of [
      { sampling: 'permutation' },
      { shuffle: true },
      { sampling: 'permutation', shuffle: true },
    ] as const)
      expect(await order(options)).toEqual(expected);
  });

  test('with replacement draws each row equally often', async () => {
    const epochs = 200;
    const counts = await visits(oneHot(ones), { sampling: 'replacement', epochs });
    expect(counts.reduce((sum, count) => sum + count)).toBe(20 * epochs);
    const chiSquare = counts.reduce((sum, count) => sum + (count - epochs) ** 2 / epochs, 0);
    expect(chiSquare).toBeGreaterThan(3);
    expect(chiSquare).toBeLessThan(19 + 6 * Math.sqrt(2 * 19));
    expect(await visits(oneHot(ones), { sampling: 'replacement' })).not.toEqual(ones);
  });

  test('stratified keeps the proportions of classes in each minibatch, within 1', async () => {
    const someClasses = fc.array(fc.constantFrom(1, 1, 1, 2, 2, 5), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(someClasses, fc.integer({ min: 1, max: 45 }), fc.nat(1000), async (classes, batchSize, seed) => {
        const batches = await minibatches(oneHot(classes), classes, batchSize, { sampling: 'stratified' }, seed);
        for (const batch of range(Math.ceil(classes.length / batchSize))) {
          const size = Math.min(batchSize, classes.length - batch * batchSize);
          expect(batches.filter((b) => b === batch)).toHaveLength(size);
          for (const target of new Set(classes)) {
            const count = batches.filter((b, row) => b === batch && classes[row] === target).length;
            const proportion = (size * classes.filter((c) => c === target).length) / classes.length;
            expect(Math.abs(count - proportion)).toBeLessThan(1);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each<[Sampling]>([['permutation'], ['replacement'], ['stratified']])(
    'by %s depends on seed and epoch alone',
    async (sampling) => {
      const data = oneHot(range(24).map((i) => 1 + (i % 3)));
      const trained = async (seed: number, runs: number[]) => {
        const model = linear(24);
        const trainer = new Trainer(model, {
          loss: 'squared',
          optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
          seed,
        });
        for (const epochs of runs) await trainer.fit(data, { sampling, epochs, batchSize: 5 });
        return model.parameters;
      };
      expectSameBits(await trained(1, [3]), await trained(1, [1, 2]));
      expect(await trained(1, [3])).not.toEqual(await trained(2, [3]));
      expect(await trained(1, [1])).not.toEqual(await trained(1, [2]));
    },
  );

  test('of a selection visits its rows only', async () => {
    const rows = [3, 17, 4, 9];
    const some = oneHot(ones).select(rows);
    for (const sampling of ['permutation', 'sequential', 'replacement', 'stratified'] as const) {
      const counts = await visits(some, { sampling, epochs: 4 });
      expect(range(20).filter((row) => counts[row]! > 0 && !rows.includes(row))).toEqual([]);
      expect(counts.reduce((sum, count) => sum + count)).toBe(16);
    }
  });
});

describe('sampling is refused', () => {
  const data = oneHot([1, 2, 1]);
  const fitting =
    (options: object, over = data) =>
    () =>
      linear(3).fit(over, { loss: 'squared', optimizer: sgd(), ...options });

  test('if shuffle contradicts it', () => {
    expectRefusal(
      fitting({ sampling: 'sequential', shuffle: true }),
      'ERR_INVALID_ARGUMENT',
      '"sequential"',
      'shuffle: true',
    );
    for (const sampling of ['permutation', 'replacement', 'weighted', 'stratified'])
      expectRefusal(fitting({ sampling, shuffle: false }), 'ERR_INVALID_ARGUMENT', `"${sampling}"`, 'shuffle: false');
    expectRefusal(fitting({ sampling: 'sequential', shuffle: 1 }), 'ERR_INVALID_ARGUMENT', 'shuffle', '1');
  });

  test('if its name is unknown', () => {
    expectRefusal(
      fitting({ sampling: 'stratfied' }),
      'ERR_INVALID_ARGUMENT',
      '"stratfied"',
      'Did you mean "stratified"?',
    );
    expectRefusal(fitting({ sampling: 1 }), 'ERR_INVALID_ARGUMENT', 'sampling', '1');
  });

  test('by class without classes', () => {
    const with3 = (targets: number[] | number[][]) => new Dataset({ inputs: range(3).map(() => [1, 2, 3]), targets });
    expectRefusal(
      fitting({ sampling: 'stratified' }, with3([1, 0.25, 1])),
      'ERR_INVALID_ARGUMENT',
      'stratified',
      'classes',
      'targets[1] is 0.25',
    );
    const two = network({ inputs: 3, layers: [dense(2)] });
    expectRefusal(
      () =>
        two.fit(
          with3([
            [1, 0],
            [0, 1],
            [1, 0],
          ]),
          { loss: 'crossEntropy', optimizer: sgd(), sampling: 'stratified' },
        ),
      'ERR_INVALID_ARGUMENT',
      'stratified',
      '2 columns',
    );
  });

  test('by weight without weights', () => {
    expectRefusal(fitting({ sampling: 'weighted' }), 'ERR_INVALID_ARGUMENT', 'weight');
  });
});
