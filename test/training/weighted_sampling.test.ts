import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { crossEntropy } from '../../lib/losses/cross_entropy';
import { adam } from '../../lib/optimizers/adam';
import { sgd } from '../../lib/optimizers/sgd';
import { inverseTime } from '../../lib/schedules/inverse_time';
import { linear } from '../../lib/training/linear';
import { Trainer } from '../../lib/training/trainer';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { withThreads } from '../support/instruction_sets';
import { normal, range } from '../support/numbers';

const rows = 24;
const weights = range(rows).map((i) => [0, 0.5, 1, 3][i % 4]!);
const total = weights.reduce((sum, w) => sum + w, 0);
const sampling = 'weighted';

/** Rows with a column each. */
const own = (isSparse: boolean) =>
  new Dataset({
    inputs: isSparse
      ? sparse({ columns: rows, rows: range(rows).map((i) => [i]) })
      : range(rows).map((i) => range(rows).map((j) => Number(i === j))),
    targets: range(rows).map(() => 1),
    weights,
  });
const of = (isSparse: boolean) => linear({ inputs: isSparse ? { sparse: rows } : rows, bias: false, type: 'float64' });

describe.each([false, true])('sampling by weight, of sparse columns: %p', (isSparse) => {
  test('draws as many examples as the data have, and does not weight their losses again', async () => {
    for (const seed of range(20)) {
      const model = of(isSparse);
      const { epochs } = await model.fit(own(isSparse), {
        loss: 'squared',
        optimizer: sgd({ learningRate: 0.5 }),
        batchSize: rows,
        sampling,
        seed,
      });
      // The step of a weight from 0 is the number of its row's visits divided by `rows`.
      const counts = Array.from(model.parameters, (theta) => theta * rows);
      for (const [i, count] of counts.entries()) {
        expect(count).toBeCloseTo(Math.round(count), 10);
        if (weights[i] === 0) expect(count).toBe(0);
      }
      expect(counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(rows, 10);
      expect(epochs[0]!.loss).toBeCloseTo(1, 12);
    }
  });

  test.each([1, 5])('draws in proportion to the weights, in minibatches of %i', async (batchSize) => {
    const model = of(isSparse);
    const epochs = 400;
    // The rate is so small that all visits have nearly equal effects.
    const learningRate = 1e-7;
    const optimizer = sgd({ learningRate });
    await model.fit(own(isSparse).select(range(20)), { loss: 'squared', optimizer, batchSize, sampling, epochs });
    const some = weights.slice(0, 20);
    const sum = some.reduce((a, b) => a + b, 0);
    const chiSquare = some.reduce((statistic, weight, i) => {
      const count = (model.parameters[i]! * batchSize) / (2 * learningRate);
      if (weight === 0) expect(count).toBe(0);
      const expected = (20 * epochs * weight) / sum;
      return statistic + (weight === 0 ? 0 : (count - expected) ** 2 / expected);
    }, 0);
    expect(chiSquare).toBeGreaterThan(2); // random, not each row in turn
    expect(chiSquare).toBeLessThan(14 + 6 * Math.sqrt(28));
  });
});

describe('training by weighted samples', () => {
  const number = normal(5);
  const inputs = range(rows).map(() => range(2).map(number));
  const targets = range(rows).map(number);
  const data = new Dataset({ inputs, targets, weights });
  const make = () => linear({ inputs: 2, type: 'float64' });

  test('reaches the minimum of the weighted loss', async () => {
    const [sampled, weighed] = [make(), make()];
    const learningRate = inverseTime({ from: 0.3, alpha: 0.6 });
    await sampled.fit(data, {
      loss: 'squared',
      optimizer: sgd({ learningRate }),
      batchSize: 8,
      sampling,
      epochs: 4000,
    });
    await weighed.fit(data, {
      loss: 'squared',
      optimizer: adam({ learningRate: 0.05 }),
      batchSize: rows,
      epochs: 2000,
    });
    expect(greatestError(sampled.parameters, weighed.parameters)).toBeLessThan(0.03);
    const plain = make();
    const bare = new Dataset({ inputs, targets });
    await plain.fit(bare, { loss: 'squared', optimizer: adam({ learningRate: 0.05 }), batchSize: rows, epochs: 2000 });
    expect(greatestError(plain.parameters, weighed.parameters)).toBeGreaterThan(0.08); // another minimum
  });

  test('weights the examples of validation and of evaluate as usual', async () => {
    const model = make();
    const optimizer = sgd({ learningRate: 0.01 });
    const { epochs } = await model.fit(data, { loss: 'squared', optimizer, sampling, validation: data });
    const outputs = model.predict(data);
    const mean = targets.reduce((sum, t, i) => sum + (weights[i]! / total) * (outputs[i]! - t) ** 2, 0);
    expect(epochs[0]!.validation!.loss).toBeCloseTo(mean, 12);
    expect(model.evaluate(data, { loss: 'squared' }).loss).toBeCloseTo(mean, 12);
  });

  test('leaves the weights of the data unchanged for later runs', async () => {
    const [before, after] = [make(), make()];
    const still = { loss: 'squared', optimizer: sgd({ learningRate: 0.1 }) } as const;
    const trainer = new Trainer(after, still);
    await trainer.fit(data, { sampling });
    before.parameters.set(after.parameters);
    await trainer.fit(data, { batchSize: 5, shuffle: false });
    await before.fit(data, { ...still, batchSize: 5, shuffle: false });
    expect(greatestError(after.parameters, before.parameters)).toBeLessThan(1e-15);
  });

  test('applies class weights as usual', async () => {
    // There is a row of each class, with equal weights. The epoch's loss is Σℓ/Σw of the classes drawn.
    const classes = new Dataset({ inputs: [[1], [2]], targets: [0, 1], weights: [1, 1] });
    const loss = crossEntropy({ classWeights: [1, 10] });
    const optimizer = sgd({ learningRate: 1 });
    const [model, plain] = [1, 2].map(() => linear({ inputs: 1, outputs: 2, type: 'float64' }));
    await model!.fit(classes, { loss, optimizer, batchSize: 2, sampling, seed: 1 });
    // The bias is the weight of the second class in the mean, 0, 10/11 or 1, minus ½.
    const share = model!.parameters[3]! + 0.5;
    expect([0, 10 / 11, 1].some((expected) => Math.abs(share - expected) < 1e-12)).toBe(true);
    const shares = new Set<number>();
    for (const seed of range(12)) {
      plain!.parameters.fill(0);
      await plain!.fit(classes, { loss, optimizer, batchSize: 2, sampling, seed });
      shares.add(Math.round(1e6 * (plain!.parameters[3]! + 0.5)));
    }
    expect(shares).toContain(Math.round((1e6 * 10) / 11));
  });

  test('is determined by the seed, with any number of threads', async () => {
    const trained = [];
    for (const [threads, seed] of [
      [1, 3],
      [2, 3],
      [1, 4],
    ] as const) {
      const model = make();
      const optimizer = adam({ learningRate: 0.05 });
      await withThreads(threads, () =>
        model.fit(data, { loss: 'squared', optimizer, batchSize: 7, sampling, epochs: 3, seed }),
      );
      trained.push(model.parameters);
    }
    expectSameBits(trained[0]!, trained[1]!);
    expect(trained[2]).not.toEqual(trained[0]);
  });

  test('works with hogwild', async () => {
    const model = of(true);
    const optimizer = sgd({ learningRate: 1e-7 });
    const { steps } = await withThreads(2, () =>
      model.fit(own(true), { loss: 'squared', optimizer, batchSize: 1, sampling, epochs: 200, parallel: 'hogwild' }),
    );
    expect(steps).toBe(200 * rows);
    const counts = Array.from(model.parameters, (theta) => theta / 2e-7);
    for (const [i, count] of counts.entries()) {
      const expected = (200 * rows * weights[i]!) / total;
      expect(Math.abs(count - expected)).toBeLessThanOrEqual(0.2 * expected);
    }
  });
});
