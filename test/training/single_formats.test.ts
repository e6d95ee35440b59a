import { Dataset, type DatasetOptions } from '../../lib/data/dataset';
import { sparse } from '../../lib/data/sparse';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import { sgd } from '../../lib/optimizers/sgd';
import { linear } from '../../lib/training/linear';
import { greatestError } from '../support/closeness';
import { normal, range } from '../support/numbers';
import { PlainLinear } from '../support/plain_linear';

const rows = 30;
const columns = 19;
const number = normal(1);
const targets = range(rows).map(() => number());
const bytes = Uint8Array.from({ length: rows * columns }, () => Math.abs(Math.round(60 * number())) % 256);
const floats = Float32Array.from({ length: rows * columns }, () => number());
const halves = Uint16Array.from(new Uint16Array(floats.buffer).filter((_, i) => i % 2 === 1));
const numberOf = (half: number) => new Float32Array(Uint32Array.of(half * 2 ** 16).buffer)[0]!;
const doubles = Float64Array.from({ length: rows * columns }, () => number());

const formats: [string, Partial<DatasetOptions> & Pick<DatasetOptions, 'inputs'>, ArrayLike<number>][] = [
  ['bytes', { inputs: bytes }, bytes],
  ['bytes with a scale', { inputs: bytes, scale: 1 / 64 }, Array.from(bytes, (x) => x / 64)],
  ['float32', { inputs: floats }, floats],
  ['float32 with a scale', { inputs: floats, scale: 0.5 }, floats.map((x) => x / 2)],
  ['bfloat16', { inputs: bfloat16(halves) }, Array.from(halves, numberOf)],
  ['bfloat16 with a scale', { inputs: bfloat16(halves), scale: -2 }, Array.from(halves, (x) => -2 * numberOf(x))],
  ['float64', { inputs: doubles }, doubles],
];

describe.each(['float64', 'float32'] as const)('a linear model in %s takes single examples', (type) => {
  test.each(formats)('of %s', async (_, options, values) => {
    const scaled = options.scale === undefined && options.inputs === bytes ? 1e-4 : 0.01;
    const optimizer = sgd({ learningRate: 0.01 * scaled });
    const data = new Dataset({ ...options, columns, targets });
    const model = linear({ inputs: columns, type });
    const plain = new PlainLinear(model, 'squared', optimizer);
    await model.fit(data, { loss: 'squared', optimizer, batchSize: 1, shuffle: false, epochs: 2 });
    const examples = range(rows).map((i) => ({
      inputs: Array.from(values).slice(i * columns, (i + 1) * columns),
      targets: [targets[i]!],
    }));
    for (const _ of range(2)) plain.epoch(examples);
    expect(greatestError(model.parameters, plain.parameters)).toBeLessThan(type === 'float64' ? 1e-13 : 1e-6);
    expect(plain.parameters.some((theta) => Math.abs(theta) > 1e-6)).toBe(true);
  });
});

test('rows without entries move the bias alone', async () => {
  const data = new Dataset({ inputs: sparse({ columns: 5, rows: [[], [[2, 1]], []] }), targets: [1, 2, 3] });
  const model = linear({ inputs: { sparse: 5 }, type: 'float64' });
  await model.fit(data, { loss: 'squared', optimizer: sgd({ learningRate: 0.1 }), batchSize: 1, shuffle: false });
  expect(model.parameters[2]).toBeCloseTo(0.2 * (2 - 0.2), 14);
  expect([0, 1, 3, 4].map((i) => model.parameters[i])).toEqual([0, 0, 0, 0]);
});

test('entries of one column are summed', async () => {
  const twice = sparse({
    columns: 3,
    rows: [
      [[1, 2], [1, 3], 0],
      [1, 1],
    ],
  });
  const once = sparse({
    columns: 3,
    rows: [
      [
        [0, 1],
        [1, 5],
      ],
      [[1, 2]],
    ],
  });
  const trained = await Promise.all(
    [twice, once].map(async (inputs) => {
      const model = linear({ inputs: { sparse: 3 } });
      const optimizer = sgd({ learningRate: 0.01 });
      await model.fit(new Dataset({ inputs, targets: [1, -1] }), { loss: 'squared', optimizer, batchSize: 1 });
      return model.parameters;
    }),
  );
  expect([...trained[0]!]).toEqual([...trained[1]!]);
});
