import { adamw, calibrate, dense, dropout, embedding, input, network, parallel } from '../../lib';
import { Random } from '../../lib/numbers/random';
import { columns, loadTableModel, pipeline, TableModel, table } from '../../lib/tables';
import type { Explanation } from '../../lib/tables/explain/explain';
import { expectRefusal } from '../support/refusals';

const sumOf = ({ contributions }: Explanation) =>
  contributions.reduce((sum, { contribution }) => sum + contribution, 0);
const of = ({ contributions }: Explanation, column: string) =>
  contributions.find((one) => one.column === column)!.contribution;

const random = new Random(1);
const rows = Array.from({ length: 400 }, (_, i) => {
  const [a, b, unused] = [4 * random.uniform() - 2, 4 * random.uniform() - 2, random.uniform()];
  const city = ['Bern', 'Chur', 'Genf', 'Biel'][i % 4]!;
  const note = i % 3 === 0 ? 'very good indeed' : 'rather bad';
  const y = 3 * a + b * b + (city === 'Bern' ? 4 : 0) + (i % 3 === 0 ? 2 : 0);
  return { a, b, unused, city, note, y, kind: y > 6 ? 'high' : y > 2 ? 'middle' : 'low', big: y > 3 };
});

const tableOf = () => table(rows);
const numbers = pipeline({ a: columns.number(), b: columns.number(), unused: columns.number() });
const everything = pipeline({
  a: columns.number({ bins: 4 }),
  b: columns.number(),
  unused: columns.number(),
  city: columns.category({ encode: 'embedding' }),
  note: columns.text({ columns: 64 }),
  both: columns.cross(['city', 'note'], { columns: 32 }),
});

test('of a linear model the contributions are weight times distance from the mean, exactly', async () => {
  const fitted = await numbers.fit(await tableOf(), { target: 'y', task: 'regression' });
  const net = network({ inputs: fitted.inputs, layers: [dense(1)] });
  net.parameters.set([0.5, -0.25, 0, 0.125]);
  const model = new TableModel(net, fitted);
  const row = { a: 1.5, b: -1, unused: 0.3 };
  const found = model.explain(row);
  const { deviation } = model.target as { deviation: number };
  const encoded = fitted.encode(row) as Float32Array;
  const means = fitted.means!;
  for (const [j, weight] of [0.5, -0.25].entries())
    expect(of(found, 'ab'[j]!)).toBeCloseTo(deviation * weight * (encoded[j]! - means[j]!), 12);
  expect(of(found, 'unused')).toBe(0);
  expect(Math.abs(found.error)).toBeLessThan(1e-12);
  expect(found.value).toBeCloseTo(model.predict(row) as number, 5);
  expect(found.contributions.map(({ column, value }) => [column, value])).toEqual([
    ['a', 1.5],
    ['b', -1],
    ['unused', 0.3],
  ]);
});

test('of an additive network the contributions are the differences of its parts', async () => {
  const fitted = await numbers.fit(await tableOf(), { target: 'y', task: 'regression' });
  const layers = [dense(6, { activation: 'tanh' }), dense(1)];
  const net = network({ inputs: fitted.inputs, layers });
  const [weight, bias, out] = Array.from(net.tensors.values(), ({ data }) => data);
  weight!.set([1, -2, 0, 0, 0, 0, 0, 0, 1.5, 0.5, 0, 0, 0, 0, 0, 0, 0, 0]); // units 0, 1 read a; 2, 3 read b; none reads unused
  bias!.set([0.1, 0.2, -0.3, 0.4, 1, 1]);
  out!.set([1, 2, -1, 0.5, 3, 3]);
  const model = new TableModel(net, fitted);
  const row = { a: 0.7, b: 1.9, unused: 1 };
  const found = model.explain(row);
  const at = (changed: object) => model.predict({ ...meanRow(), ...changed }) as number;
  const meanRow = () => {
    const mean = (name: 'a' | 'b' | 'unused') => rows.reduce((sum, one) => sum + one[name], 0) / rows.length;
    return { a: mean('a'), b: mean('b'), unused: mean('unused') };
  };
  expect(found.baseline).toBeCloseTo(at({}), 4);
  const scale = Math.abs(of(found, 'a')) + Math.abs(of(found, 'b'));
  expect(Math.abs(of(found, 'a') - (at({ a: 0.7 }) - at({})))).toBeLessThan(2e-3 * scale);
  expect(Math.abs(of(found, 'b') - (at({ b: 1.9 }) - at({})))).toBeLessThan(2e-3 * scale);
  expect(of(found, 'unused')).toBe(0);
});

describe.each([
  ['y', {}],
  ['big', {}],
  ['kind', {}],
  ['big', { classWeights: { true: 5 } }],
  ['kind', { classWeights: { low: 4 } }],
] as const)('contributions to the prediction of %s with %j', (target, objective) => {
  const trained = async () => {
    const data = await tableOf();
    const fitted = await everything.fit(data, { target, ...objective });
    const member = () => [
      parallel([
        [input('numbers')],
        [input('codes'), embedding({ dimensions: 3 }), dropout(0.1)],
        [input('words'), dense(4, { activation: 'relu' })],
      ]),
      dense(8, { activation: 'relu' }),
      dense(fitted.outputs),
    ];
    const layers = [parallel([member(), member()], { join: 'sum' })];
    const net = network({ inputs: fitted.inputs, layers, seed: 3 });
    const training = fitted.dataset(data);
    await net.fit(training, { loss: fitted.loss, optimizer: adamw({ learningRate: 0.02 }), epochs: 12, batchSize: 32 });
    return new TableModel(net, fitted);
  };

  test('add up to the prediction less that of the mean row, and are in a file', async () => {
    const model = await trained();
    const loaded = await loadTableModel(model.toBytes());
    for (const row of rows.slice(0, 6)) {
      const found = model.explain(row);
      expect(found.prediction).toEqual(
        target === 'y' ? expect.closeTo(model.predict(row) as number, 4) : model.predict(row),
      );
      const size = found.contributions.reduce((sum, { contribution }) => sum + Math.abs(contribution), 0);
      expect(Math.abs(sumOf(found) - (found.value - found.baseline))).toBeLessThan(1e-3 * size);
      expect(found.error).toBeCloseTo(sumOf(found) - (found.value - found.baseline), 10);
      if (target !== 'y') {
        const p = model.predictProbabilities(row)[String(found.prediction)]!;
        expect(Math.log(p / (1 - p))).toBeCloseTo(found.value, 2);
      }
      const names = found.contributions.map(({ column }) => column);
      expect([...names].sort()).toEqual(['a', 'b', 'city', 'city × note', 'note', 'unused']);
      const sizes = found.contributions.map(({ contribution }) => Math.abs(contribution));
      expect(sizes).toEqual([...sizes].sort((x, y) => y - x));
      expect(loaded.explain(row)).toEqual(found);
    }
    const both = model.explain(rows.slice(0, 2));
    expect(both).toEqual([model.explain(rows[0]!), model.explain(rows[1]!)]);
  });
});

test('a row without a value has the value null, and a network that ends in probabilities is refused', async () => {
  const fitted = await numbers.fit(await tableOf(), { target: 'big' });
  const plain = new TableModel(network({ inputs: fitted.inputs, layers: [dense(1)] }), fitted);
  expect(plain.explain({ a: 1 }).contributions.find(({ column }) => column === 'b')!.value).toBeNull();
  const ended = network({ inputs: fitted.inputs, layers: [dense(1, { activation: 'sigmoid' })] });
  expectRefusal(
    () => new TableModel(ended, fitted).explain({ a: 1 }),
    'ERR_INVALID_ARGUMENT',
    'end the network with logits',
  );
});

test('a model of counts is explained by logarithms, one of quantiles is refused', async () => {
  const data = await table(rows.map(({ a, b, unused, y }) => ({ a, b, unused, count: Math.max(0, Math.round(y)) })));
  const counts = await numbers.fit(data, { target: 'count', loss: 'poisson' });
  const net = network({ inputs: counts.inputs, layers: [dense(1)], seed: 2 });
  const model = new TableModel(net, counts);
  const row = { a: 1, b: 1, unused: 0 };
  const found = model.explain(row);
  expect(Math.exp(found.value)).toBeCloseTo(model.predict(row) as number, 4);
  expect(sumOf(found)).toBeCloseTo(found.value - found.baseline, 10);
  const quantiles = await numbers.fit(data, { target: 'count', quantiles: [0.1, 0.9] });
  const both = new TableModel(network({ inputs: quantiles.inputs, layers: [dense(2)] }), quantiles);
  expectRefusal(() => both.explain(row), 'ERR_INVALID_ARGUMENT', 'quantiles');
});

test('an explanation follows the parameters and the calibration of the network', async () => {
  const fitted = await numbers.fit(await tableOf(), { target: 'big' });
  const net = network({ inputs: fitted.inputs, layers: [dense(1)] });
  const model = new TableModel(net, fitted);
  const row = { a: 1.5, b: -1, unused: 0.3 };
  const logOdds = () => {
    const p = model.predictProbabilities(row).true!;
    return model.predict(row) ? Math.log(p / (1 - p)) : Math.log((1 - p) / p);
  };
  for (const parameters of [
    [0.5, -0.25, 0, 0.125],
    [2, -1, 0.5, 0.25],
  ]) {
    net.parameters.set(parameters);
    expect(model.explain(row).value).toBeCloseTo(logOdds(), 5);
  }
  calibrate(net, fitted.dataset(await tableOf()));
  expect(net.calibration).toBeDefined();
  expect(model.explain(row).value).toBeCloseTo(logOdds(), 5);
});

test('chunks have the explanations of their rows, whatever the types of the columns in a file', async () => {
  const data = await tableOf();
  const fitted = await everything.fit(data, { target: 'kind' });
  const layers = [
    parallel(
      [
        [input('numbers'), dense(3)],
        [input('codes'), embedding({ dimensions: 3 }), dense(3)],
        [input('words'), dense(3)],
      ],
      { join: 'sum' },
    ),
  ];
  const model = new TableModel(network({ inputs: fitted.inputs, layers, seed: 4 }), fitted);
  const costs = { low: { middle: 0, high: 0 }, middle: { high: 0 } };
  const asked = rows.slice(0, 7).map(({ a, b, unused, city, note }) => ({ a, b, unused, city, note }));
  const texts = await table(
    asked.map((row) => ({ ...row, a: String(row.a) })),
    { types: { a: 'word' } },
  );
  for await (const { explanations, predictions } of model.predictChunks(texts, { explain: true, costs })) {
    expect(predictions).toEqual(asked.map(() => 'high'));
    const own = model.explain(asked);
    for (const [i, { prediction, value }] of explanations!.entries()) {
      expect(prediction).toBe('high');
      const { high } = model.predictProbabilities(asked[i]!) as { high: number };
      expect(value).toBeCloseTo(Math.log(high / (1 - high)), 3);
      if (own[i]!.prediction === 'high') expect(value).toBeCloseTo(own[i]!.value, 10);
    }
  }
  const quantiles = await numbers.fit(data, { target: 'y', quantiles: [0.1, 0.9] });
  const refused = new TableModel(network({ inputs: quantiles.inputs, layers: [dense(2)] }), quantiles);
  await expect(refused.predictChunks(data, { explain: true }).next()).rejects.toThrow('quantiles');
});

test('the baseline of categories has their shares of the training rows', async () => {
  const three = rows.map((row, i) => ({
    city: ['Bern', 'Chur', 'Genf'][i % 7 < 4 ? 0 : i % 7 < 6 ? 1 : 2]!,
    y: row.y,
  }));
  const steps = pipeline({ city: columns.category({ encode: 'embedding' }) });
  const fitted = await steps.fit(await table(three), { target: 'y', task: 'regression' });
  const layers = [input('codes'), embedding({ dimensions: 2 }), dense(1)];
  const net = network({ inputs: fitted.inputs, layers, seed: 5 });
  net.parameters.set(net.parameters.map((x) => 20 * x));
  const model = new TableModel(net, fitted);
  const predictions = model.predict(three) as number[]; // linear in the vectors, so the mean is that of the mean vector
  const mean = predictions.reduce((sum, x) => sum + x, 0) / predictions.length;
  expect(Math.abs(Number(predictions[0]) - mean)).toBeGreaterThan(1e-2);
  expect(model.explain({ city: 'Bern' }).baseline).toBeCloseTo(mean, 4);
});
