import { categories } from '../../lib/data/categories';
import { Dataset } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { batchNorm } from '../../lib/layers/batch_norm';
import { dense } from '../../lib/layers/dense';
import { dropout } from '../../lib/layers/dropout';
import { embedding } from '../../lib/layers/embedding';
import { input } from '../../lib/layers/input';
import { layerNorm } from '../../lib/layers/layer_norm';
import { parallel } from '../../lib/layers/parallel';
import { residual } from '../../lib/layers/residual';
import { sgd } from '../../lib/optimizers/sgd';
import { network } from '../../lib/training/network';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { withThreads } from '../support/instruction_sets';
import { normal, range } from '../support/numbers';
import { sparseRows } from '../support/sparse_tasks';

const rows = 50;
const number = normal(2);
const inputs = {
  numbers: range(rows).map(() => range(20).map(number)),
  place: categories({ values: range(rows).map((i) => [i % 5, i % 3]) }),
  words: sparse({ columns: 40, rows: sparseRows(rows, 40) }),
};
const data = new Dataset({ inputs, targets: range(rows).map(() => [number(), number()]) });
const seen = [
  input('numbers'),
  dense(12, { activation: 'relu' }),
  residual([batchNorm({ activation: 'relu' }), dense(12)]),
];
const make = () =>
  network({
    inputs: data,
    layers: [
      parallel([seen, [input('place'), embedding()], [input('words'), dense(9, { activation: 'gelu' })]]),
      layerNorm(),
      dense(33, { activation: 'silu' }),
      dropout(0.2),
      dense(2),
    ],
    seed: 1,
  });

describe('a network of many kinds of layers in bfloat16', () => {
  const options = { loss: 'squared', optimizer: sgd({ learningRate: 0.02 }), batchSize: 16, epochs: 2 } as const;
  const precision = 'bfloat16';

  test('predicts and trains nearly as in full precision', async () => {
    const [full, short] = [make(), make()];
    expect(greatestError(full.predict(data, { precision }), full.predict(data))).toBeLessThan(0.05);
    expect(full.predict(data, { precision })).not.toEqual(full.predict(data));
    const before = full.evaluate(data, { loss: 'squared' }).loss;
    await full.fit(data, options);
    await short.fit(data, { ...options, precision });
    expect(greatestError(short.parameters, full.parameters)).toBeLessThan(0.05);
    expect(short.parameters).not.toEqual(full.parameters);
    expect(short.evaluate(data, { loss: 'squared', precision }).loss).toBeLessThan(before);
  });

  test('gives the same bits with any number of threads', async () => {
    const trained = [];
    for (const threads of [1, 2, 3]) {
      const model = make();
      await withThreads(threads, () => model.fit(data, { ...options, precision }));
      trained.push(model.parameters);
    }
    for (const parameters of trained) expectSameBits(parameters, trained[0]!);
  });
});

describe('predictions in bfloat16 from numbers that bfloat16 represents exactly', () => {
  const precision = 'bfloat16';

  test.each([Float32Array, Float64Array, Uint8Array])('equal those in full precision, from %p', (Numbers) => {
    for (const columns of [1, 5, 64, 127])
      for (const bias of [true, false])
        for (const layers of [[dense(3, { bias })], [dense(40, { bias, activation: 'relu' }), dense(2, { bias })]]) {
          const model = network({ inputs: columns, layers });
          model.parameters.set(range(model.parameters.length).map((i) => ((i * 7) % 17) - 8));
          for (const count of [10, 700]) {
            const x = Numbers.from(range(count * columns).map((i) => (i * 5) % 13));
            if (layers.length === 1) expectSameBits(model.predict(x, { precision }), model.predict(x));
            else expect(greatestError(model.predict(x, { precision }), model.predict(x))).toBeLessThan(0.01);
          }
        }
  });
});
