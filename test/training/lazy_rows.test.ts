import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { embedding } from '../../lib/layers/embedding';
import { adamw } from '../../lib/optimizers/adamw';
import { ftrl } from '../../lib/optimizers/ftrl';
import { sgd } from '../../lib/optimizers/sgd';
import { linear } from '../../lib/training/linear';
import { type Network, network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { withThreads } from '../support/instruction_sets';
import { range } from '../support/numbers';

const count = 9;
const width = 3;
const unused = [0, 5, 8];
const used = range(count).filter((row) => !unused.includes(row));
const examples = range(24).map((i) => used[Math.floor(((0.37 * i) % 1) * used.length)]!);
const targets = examples.map((row, i) => Math.sin(row + 0.1 * i));

const tasks: [string, number, () => Network, Dataset][] = [
  [
    'an embedding',
    width,
    () => network({ inputs: { categories: [count] }, layers: [embedding({ dimensions: [width] }), dense(1)], seed: 1 }),
    new Dataset({ inputs: categories({ values: examples, cardinalities: [count] }), targets }),
  ],
  [
    'a linear model of sparse columns',
    1,
    () => linear({ inputs: { sparse: count } }),
    new Dataset({ inputs: sparse({ columns: count, rows: examples.map((row) => [row]) }), targets }),
  ],
];

describe.each(tasks)('a run with sparse: "lazy" on %s', (_, columns, make, data) => {
  const optimizer = adamw({ learningRate: 0.05, weightDecay: 0.1 });
  const start = () => {
    const model = make();
    model.parameters.forEach((_, i) => {
      model.parameters[i] = 1 + i / 64;
    });
    return model;
  };
  const untouched = (parameters: ArrayLike<number>) =>
    Float32Array.from(unused.flatMap((row) => range(columns).map((j) => parameters[row * columns + j]!)));
  const trained = async (kind: 'lazy' | 'exact', batchSize: number) => {
    const model = start();
    await model.fit(data, { loss: 'squared', optimizer, sparse: kind, batchSize, epochs: 3 });
    return Float32Array.from(model.parameters);
  };

  test.each([1, 5])('does not move rows that no example has, in minibatches of %i', async (batchSize) => {
    const [lazy, exact, before] = [await trained('lazy', batchSize), await trained('exact', batchSize), start()];
    expectSameBits(untouched(lazy), untouched(before.parameters));
    expect(untouched(exact).every((x, i) => x < untouched(before.parameters)[i]!)).toBe(true);
    for (const row of used) expect(lazy[row * columns]).not.toBe(before.parameters[row * columns]);
    // Rows that only some minibatches touch take part in fewer steps.
    expect(used.some((row) => lazy[row * columns] !== exact[row * columns])).toBe(true);
  });

  test.each([1, 5])('gives the same bits with 1 and 2 threads, in minibatches of %i', async (batchSize) => {
    const [one, two] = [
      await withThreads(1, () => trained('lazy', batchSize)),
      await withThreads(2, () => trained('lazy', batchSize)),
    ];
    expectSameBits(one, two);
  });
});

test('sgd without decay gives the same numbers in a lazy run as in an exact one', async () => {
  const [[, , make, data]] = tasks as [(typeof tasks)[0]];
  const [lazy, exact] = await Promise.all(
    (['lazy', 'exact'] as const).map(async (kind) => {
      const model = make();
      const optimizer = sgd({ learningRate: 0.1 });
      await model.fit(data, { loss: 'squared', optimizer, sparse: kind, batchSize: 4 });
      return model.parameters;
    }),
  );
  expectSameBits(lazy!, exact!);
});

describe.each(tasks)('by ftrl, a lazy run on %s', (_, columns, make, data) => {
  const trained = async (kind: 'lazy' | 'exact', batchSize: number, start: number) => {
    const model = make();
    model.parameters.fill(start);
    const optimizer = ftrl({ learningRate: 0.1, l1: 0.01, l2: 0.1 });
    await model.fit(data, { loss: 'squared', optimizer, sparse: kind, batchSize, epochs: 3, seed: 1 });
    return Float32Array.from(model.parameters);
  };

  test.each([1, 4])('reaches the bits of an exact one from 0, in minibatches of %i', async (batchSize) => {
    const [lazy, exact] = [await trained('lazy', batchSize, 0), await trained('exact', batchSize, 0)];
    expectSameBits(lazy, exact);
    expect(lazy.some((x) => x !== 0)).toBe(true);
  });

  test.each([1, 4])(
    'reaches the numbers of an exact one from other starts, in minibatches of %i',
    async (batchSize) => {
      const [lazy, exact] = [await trained('lazy', batchSize, 0.7), await trained('exact', batchSize, 0.7)];
      for (const row of unused) for (const j of range(columns)) expect(lazy[row * columns + j]).toBe(Math.fround(0.7));
      for (const [i, x] of exact.entries()) expect(Math.abs(lazy[i]! - x)).toBeLessThan(1e-6);
    },
  );
});
