import { dense, embedding, input, network, parallel } from '../../lib';
import { Random } from '../../lib/numbers/random';
import { table } from '../../lib/tables/open';
import * as columns from '../../lib/tables/pipeline/columns';
import type { DatePart } from '../../lib/tables/pipeline/date';
import { type Pipeline, pipeline } from '../../lib/tables/pipeline/pipeline';
import { TableModel } from '../../lib/tables/table_model';
import { type TrainOptions, train } from '../../lib/tables/train/train';
import { type OnnxInput, runByOnnxruntime } from '../support/onnxruntime';
import { people } from '../support/people';
import { expectRefusal } from '../support/refusals';

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
    ['price', { income: columns.number({ scale: 'robust' }) }],
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

  test('bounds numbers that are far away, as the model does', async () => {
    const model = await trained('price', { income: columns.number({ scale: 'robust' }) });
    const far = rows.map((row, i) => ({ ...row, income: (i % 2 === 0 ? 1 : -1) * 10 ** (8 + (i % 29)) }));
    const [result] = runByOnnxruntime([{ bytes: model.toONNX(), inputs: inputsOf(model, far) }]);
    if (!result || 'error' in result) throw new Error(result?.error);
    const found = Array.from(result.outputs.prediction!.data as ArrayLike<number>);
    for (const [i, value] of model.predict(far).entries()) expect(found[i]).toBeCloseTo(value as number, 2);
  });

  test.each([
    ['hashed words', { city: columns.text() }],
    ['hashed categories', { city: columns.category({ encode: 'hash' }), age: columns.number() }],
    ['errors of unseen categories', { city: columns.category({ unseen: 'error' }) }],
    ['ranks among quantiles', { age: columns.number({ scale: 'quantile' }) }],
  ] as const)('is refused for %s', async (what, steps) => {
    const model = await trained('price', steps);
    const [name] = Object.keys(steps);
    expectRefusal(
      () => model.toONNX(),
      'ERR_INVALID_ARGUMENT',
      `ONNX has no operator for ${what} ("${name}"); train a model without this column (train(…, { without: ["${name}"] })`,
    );
  });

  test('names all columns to leave out, those of crosses too, and the model without them is written', async () => {
    const steps = { id: columns.text(), both: columns.cross(['city', 'plan']), age: columns.number() };
    const model = await trained('price', steps);
    expectRefusal(
      () => model.toONNX(),
      'ERR_INVALID_ARGUMENT',
      'for hashed words ("id") and hashed combinations ("both"); train a model without these columns (train(…, { without: ["id", "city", "plan"] })',
    );
    const notes = people(300).map((one, i) => ({ ...one, note: `the note ${i} of ${one.id} in ${one.city}` }));
    const options = { target: 'price', epochs: 2, validation: 0.2, hidden: [] } as const;
    const data = await table(notes, { kinds: { note: 'text' } });
    const whole = await train(data, options);
    expectRefusal(() => whole.model.toONNX(), 'ERR_INVALID_ARGUMENT', 'without: ["note"]');
    const rest = await train(data, { ...options, without: ['note'] });
    expect(rest.model.toONNX().length).toBeGreaterThan(100);
  });
});

describe('dates in an ONNX file', () => {
  /** The inputs of the network as the graph computes them: a linear network of weights 1 would hide mistakes that cancel. */
  const predictionsOf = async (parts: readonly DatePart[], dates: readonly (Date | null)[], hasMissing = true) => {
    const learnt = Array.from({ length: 400 }, (_, i) => ({
      day: hasMissing && i % 10 === 0 ? null : new Date(Date.UTC(1995, 0, 1) + i * 7_777_777_777),
      y: i % 13,
    }));
    const fitted = await pipeline({ day: columns.date({ parts }) }).fit(await table(learnt), {
      target: 'y',
      task: 'regression',
    });
    const width = fitted.inputs as number;
    const net = network({ inputs: width, layers: [dense(1)] });
    net.parameters.set(Float32Array.from({ length: width + 1 }, (_, i) => (i < width ? Math.cos(3 * i + 1) : 0)));
    const model = new TableModel(net, fitted);
    const seconds = Float64Array.from(dates, (day) => (day === null ? Number.NaN : day.getTime() / 1000));
    const [result] = runByOnnxruntime([
      { bytes: model.toONNX(), inputs: { day: { type: 'float64', data: seconds, dims: [dates.length, 1] } } },
    ]);
    if ('error' in result!) throw new Error(result.error);
    const own = model.predict(dates.map((day) => ({ day }))) as number[];
    const { deviation } = model.target as { deviation: number };
    return own.map((value, i) => Math.abs((result!.outputs.prediction!.data[i] as number) - value) / deviation);
  };

  const random = new Random(5);
  const dates = [
    ...['1970-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z', '1900-02-28T23:59:59Z', '1900-03-01T00:00:00Z'],
    ...['2000-02-29T12:34:56.789Z', '2000-03-01T00:00:00Z', '2023-12-31T23:59:59.999Z', '2024-02-29T00:00:00Z'],
    ...['2024-12-31T23:00:00Z', '2100-02-28T01:00:00Z', '2100-03-01T01:59:59Z', '1582-10-15T06:07:08Z'],
    ...['0001-01-01T00:00:00Z', '-000004-02-29T05:00:00Z', '2399-12-31T23:59:59Z', '2400-02-29T09:10:11Z'],
  ].map((text) => new Date(text));
  for (let i = 0; i < 600; ++i) dates.push(new Date(Math.floor(1e14 * (random.uniform() - 0.5))));

  test.each(['month', 'day', 'weekday', 'hour', 'minute'] as const)('give the pipeline’s %s', async (part) => {
    const differences = await predictionsOf([part], [...dates, null]);
    expect(Math.max(...differences)).toBeLessThan(1e-6);
  });

  test('give the time to the digits of float32, and zeros where they are missing', async () => {
    const recent = dates.filter((day) => Math.abs(day.getUTCFullYear() - 2000) < 50);
    const differences = await predictionsOf(['time', 'hour'], [null, ...recent]);
    expect(Math.max(...differences)).toBeLessThan(1e-5);
    expect(differences[0]).toBeLessThan(1e-6);
    // With missing dates in training there is a flag; without, there is none.
    expect(Math.max(...(await predictionsOf(['time', 'minute'], [null, ...recent], false)))).toBeLessThan(1e-5);
  });

  test('give the bins of the time and its intervals, and the codes of unseen and missing ones', async () => {
    const draw = new Random(8);
    const dates = Array.from({ length: 900 }, (_, i) =>
      i % 30 === 7
        ? null
        : new Date(Date.UTC(1969, 10, 1) + Math.floor(draw.uniform() * 100) * 43_200_000 + 1000 * (i % 60)),
    );
    const dayOf = (date: Date | null) => (date === null ? 0 : Math.floor(date.getTime() / 86_400_000));
    const learnt = dates.map((when) => ({ when, y: Math.sin(dayOf(when) ** 2) + (dayOf(when) > -20 ? 2 : 0) }));
    const read = {
      when: columns.date({ bins: 8 }),
      day: columns.interval('when'),
      week: columns.interval('when', { every: 'week' }),
    };
    const fitted = await pipeline(read).fit(await table(learnt), { target: 'y', task: 'regression' });
    const layers = [parallel([[input('numbers')], [input('codes'), embedding({ dimensions: 3 })]]), dense(1)];
    const model = new TableModel(network({ inputs: fitted.inputs, layers, seed: 4 }), fitted);
    const { found } = model.pipeline.steps[0]! as { found: { edges?: number[] } };
    expect(found.edges!.length).toBeGreaterThan(3);
    expect(model.columns).toEqual(['when']);
    const asked = [...dates.slice(0, 200), null, new Date('2031-05-06'), new Date('1900-01-01')];
    const seconds = Float64Array.from(asked, (day) => (day === null ? Number.NaN : day.getTime() / 1000));
    const [result] = runByOnnxruntime([
      { bytes: model.toONNX(), inputs: { when: { type: 'float64', data: seconds, dims: [asked.length, 1] } } },
    ]);
    if ('error' in result!) throw new Error(result.error);
    const own = model.predict(asked.map((when) => ({ when }))) as number[];
    for (const [i, value] of own.entries())
      expect(Math.abs((result!.outputs.prediction!.data[i] as number) - value)).toBeLessThan(1e-4);
  });

  test('go beside other columns, into trained models of classes', async () => {
    const rows = people(400).map((one, i) => ({ ...one, since: new Date(Date.UTC(2020, 0, 1) + i * 54_321_000) }));
    const { model } = await train(await table(rows), { target: 'plan', epochs: 4, validation: 0.2, hidden: [8] });
    expect(model.columns).toContain('since');
    const asked = rows.slice(0, 50);
    const dims = [asked.length, 1];
    const since = {
      type: 'float64' as const,
      data: Float64Array.from(asked, (one) => one.since.getTime() / 1000),
      dims,
    };
    const others = inputsOf(model, asked);
    const [result] = runByOnnxruntime([{ bytes: model.toONNX(), inputs: { ...others, since } }]);
    if ('error' in result!) throw new Error(result.error);
    expect([...result!.outputs.prediction!.data]).toEqual(model.predict(asked));
  });
});
