import type { FloatType } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { type Sparse, sparse } from '../../lib/data/sparse';
import { dense } from '../../lib/layers/dense';
import { sgd } from '../../lib/optimizers/sgd';
import { linear } from '../../lib/training/linear';
import { type Network, network } from '../../lib/training/network';
import { Trainer } from '../../lib/training/trainer';
import { greatestError } from '../support/closeness';
import { normal, range } from '../support/numbers';

const columns = 12;
const rows = 6;

/** Entries with repeated columns. Values are exact in float32, but their sums are not. */
const draw = normal(3);
const entries = range(rows).map(() =>
  range(20).map((): [number, number] => [
    Math.floor(Math.abs(draw()) * 100) % columns,
    Math.fround(draw() * 2 ** Math.round(6 * draw())),
  ]),
);

/** The sums of the entries of each column, exact in double. */
const sums = entries.map((row) => {
  const sum = new Array<number>(columns).fill(0);
  for (const [column, value] of row) sum[column]! += value;
  return sum;
});
const targets = range(rows).map((i) => [Math.sin(i), Math.cos(i)]);
const given: Sparse = sparse({ columns, rows: entries });

/** The entries as a sparse dataset; `plain` is the dense one of their sums. */
const data = new Dataset({ inputs: given, targets });
const plain = new Dataset({ inputs: Float64Array.from(sums.flat()), columns, targets });

describe('entries given more than once for a column', () => {
  test('have sums that are not exact in float32', () => {
    const lost = sums.flat().filter((sum) => Math.fround(sum) !== sum);
    expect(lost.length).toBeGreaterThan(20);
    for (const i of range(rows)) {
      const { indices, values } = given.row(i);
      expect(new Set(indices).size).toBe(indices.length);
      expect([...values]).toEqual([...indices].map((column) => Math.fround(sums[i]![column]!)));
    }
  });

  const layers = [dense(5, { activation: 'tanh' }), dense(2)];
  const pair = (type: FloatType): [Network, Network] => [
    network({ inputs: { sparse: columns }, layers, type, seed: 4 }),
    network({ inputs: columns, layers, type, seed: 4 }),
  ];

  test.each([
    ['float64', 1e-14],
    ['float32', 3e-6],
  ] as const)('sum as in dense inputs, in networks of type %s', (type, bound) => {
    const [ofSparse, ofDense] = pair(type);
    ofDense.parameters.set(ofSparse.parameters);
    expect(greatestError(ofSparse.predict(data), ofDense.predict(plain))).toBeLessThan(bound);
    const options = { loss: 'squared' } as const;
    const [ours, theirs] = [ofSparse.gradient(data, options), ofDense.gradient(plain, options)];
    const largest = Math.max(...theirs.gradient.map(Math.abs));
    expect(greatestError(ours.gradient, theirs.gradient) / largest).toBeLessThan(bound);
  });

  test('give the same sums in steps on minibatches and on single examples', async () => {
    const optimizer = sgd({ learningRate: 1e-3 });
    for (const batchSize of [1, 4]) {
      const models = [
        linear({ inputs: { sparse: columns }, outputs: 2, type: 'float64' }),
        linear({ inputs: columns, outputs: 2, type: 'float64' }),
      ];
      for (const [i, model] of models.entries()) {
        const trainer = new Trainer(model, { loss: 'squared', optimizer });
        await trainer.fit([data, plain][i]!, { epochs: 3, batchSize, shuffle: false });
      }
      expect(Math.max(...models[1]!.parameters.map(Math.abs))).toBeGreaterThan(1e-3);
      expect(greatestError(models[0]!.parameters, models[1]!.parameters)).toBeLessThan(1e-14);
    }
  });
});
