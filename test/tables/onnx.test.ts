import { table } from '../../lib/tables/open';
import * as columns from '../../lib/tables/pipeline/columns';
import { type Pipeline, pipeline } from '../../lib/tables/pipeline/pipeline';
import type { TableModel } from '../../lib/tables/table_model';
import { type TrainOptions, train } from '../../lib/tables/train/train';
import { type OnnxInput, runByOnnxruntime } from '../support/onnxruntime';
import { people } from '../support/people';

const numbers = new Set(['age', 'income', 'price']);

/** Rows as inputs of the graph: a column each. */
function inputsOf(model: TableModel, rows: readonly Record<string, unknown>[]): Record<string, OnnxInput> {
  return Object.fromEntries(
    model.columns.map((name): [string, OnnxInput] => {
      const values = rows.map((row) => row[name] ?? null);
      const dims = [rows.length, 1];
      if (numbers.has(name))
        return [
          name,
          { type: 'float32', data: Float32Array.from(values, (value) => (value ?? Number.NaN) as number), dims },
        ];
      return [name, { type: 'string', data: values.map((value) => String(value ?? '')), dims }];
    }),
  );
}

/** 1,000 rows with missing values and categories that the training rows lack. */
const rows = people(1000, 99).map(({ age, city, income, price }, i) => ({
  age: i % 9 === 0 ? null : age,
  city: i % 8 === 0 ? `elsewhere ${i}` : i % 5 === 0 ? null : city,
  income: i % 10 === 0 ? 90_000 : income,
  price,
}));

const standard = { age: columns.number(), city: columns.category(), income: columns.number() };
const withOptions = {
  age: columns.number({ scale: 'minMax', missing: 30, flag: true }),
  city: columns.category({ encode: 'embedding' }),
  income: columns.number({ log: true, clip: [4000, 9000], missing: 'median' }),
};

async function trained(
  target: 'plan' | 'price' | 'member',
  steps: Parameters<typeof pipeline>[0],
  more: Partial<TrainOptions> = {},
): Promise<TableModel> {
  const data = people(400).map((person) => ({ ...person, member: person.price > 100 }));
  const options = { target, pipeline: pipeline(steps) as Pipeline, epochs: 5, validation: 0.2, hidden: [8], ...more };
  return (await train(await table(data), options)).model;
}

describe('a model as an ONNX file', () => {
  const cases: [Parameters<typeof trained>[0], Parameters<typeof pipeline>[0], Partial<TrainOptions>?][] = [
    ['price', standard],
    ['price', withOptions],
    ['price', { age: columns.number({ bins: 4 }), income: columns.number({ bins: 7, log: true, clip: [4000, 9000] }) }],
    ['price', { age: columns.number({ scale: 'none', flag: false }) }],
    ['plan', standard],
    ['plan', withOptions],
    ['member', standard],
    ['member', standard, { threshold: 0.2 }],
    ['member', standard, { costs: { true: { false: 9 } } }],
    ['plan', standard, { costs: { basic: { gold: 40, family: 40 } } }],
    ['member', standard, { classWeights: { true: 5 } }],
    ['plan', standard, { classWeights: { gold: 5 } }],
    ['plan', standard, { loss: 'focal', classWeights: { gold: 2 } }],
    ['member', standard, { loss: 'focal' }],
    ['price', standard, { loss: 'poisson' }],
    ['price', standard, { quantiles: [0.2, 0.5, 0.7] }],
    ['member', { city: columns.category({ encode: 'embedding' }) }],
  ];

  test('predicts what the model predicts, for 1,000 rows with holes and unseen categories', async () => {
    const models = await Promise.all(cases.map((given) => trained(...given)));
    const results = runByOnnxruntime(models.map((model) => ({ bytes: model.toONNX(), inputs: inputsOf(model, rows) })));
    for (const [i, model] of models.entries()) {
      const result = results[i]!;
      if ('error' in result) throw new Error(result.error);
      const { prediction, probabilities } = result.outputs;
      const expected = model.predict(rows);
      if (model.target.task === 'regression') {
        const { deviation } = model.target;
        const values = (expected as (number | object)[])
          .flatMap((one) => Object.values({ ...[one], ...(one as object) }))
          .filter((one) => typeof one === 'number');
        expect(prediction!.dims).toEqual([1000, values.length / 1000]);
        for (const [at, value] of values.entries())
          expect(Math.abs((prediction!.data[at] as number) - value)).toBeLessThan(
            1e-4 * Math.max(deviation, Math.abs(value)),
          );
        continue;
      }
      expect(prediction!.dims).toEqual([1000, 1]);
      expect(Array.from(prediction!.data as ArrayLike<unknown>)).toEqual(expected.map(String));
      const own = model.predictProbabilities(rows);
      const { classes } = model.target;
      expect(probabilities!.dims).toEqual([1000, classes.length]);
      for (const [row, shares] of own.entries())
        for (const [place, one] of classes.entries())
          expect(probabilities!.data[row * classes.length + place]).toBeCloseTo(shares[String(one)]!, 4);
    }
  });

  test.each([
    ['hashed words', { city: columns.text() }],
    ['hashed categories', { city: columns.category({ encode: 'hash' }), age: columns.number() }],
    ['errors of unseen categories', { city: columns.category({ unseen: 'error' }) }],
    ['ranks among quantiles', { age: columns.number({ scale: 'quantile' }) }],
    ['hashed combinations', { both: columns.cross(['city', 'plan']) }],
  ] as const)('is refused for %s', async (what, steps) => {
    const model = await trained('price', steps);
    const [name] = Object.keys(steps);
    expect(() => model.toONNX()).toThrow(
      `the column "${name}" can't be part of an ONNX file, because ONNX has no operator for ${what}`,
    );
  });
});
