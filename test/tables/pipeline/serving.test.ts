import { dense } from '../../../lib/layers/dense';
import { embedding } from '../../../lib/layers/embedding';
import { input } from '../../../lib/layers/input';
import { parallel } from '../../../lib/layers/parallel';
import { adam } from '../../../lib/optimizers/adam';
import { table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import type { Table } from '../../../lib/tables/table';
import { loadTableModel, TableModel } from '../../../lib/tables/table_model';
import { network } from '../../../lib/training/network';
import { random as numbers } from '../../support/numbers';

const count = 10_000;

/** Rows with missing values, words that occur once, text and dates; some numbers are written as words. */
function drawRows(seed: number, words: number): Record<string, unknown>[] {
  const random = numbers(seed);
  const hole = (value: unknown) => (random() < 0.1 ? null : value);
  return Array.from({ length: count }, () => {
    const row: Record<string, unknown> = {
      age: hole(Math.round(100 * random())),
      income: hole(Math.exp(10 * random())),
      city: hole(`city ${Math.floor(words * random() ** 3)}`),
      plan: hole(['free', 'pro', 'team'][Math.floor(3 * random())]),
      visits: hole(random() < 0.5 ? 0 : 1000 * random()),
      joined: hole(new Date(1.6e12 + Math.floor(1e11 * random()))),
      note: hole(Array.from({ length: 5 }, () => `w${Math.floor(200 * random() ** 2)}`).join(' ')),
      member: hole(random() < 0.5),
      bought: random() < 0.4,
    };
    if (random() < 0.05) delete row.city;
    return row;
  });
}

const steps = pipeline({
  age: columns.number({ missing: 'median' }),
  income: columns.number({ log: true, clip: { quantiles: [0.01, 0.99] } }),
  visits: columns.number({ scale: 'quantile', flag: true }),
  member: columns.number({ scale: 'minMax', missing: 0.5 }),
  city: columns.category({ encode: 'embedding', rare: 3 }),
  plan: columns.category({ encode: 'oneHot' }),
  joined: columns.date(),
  week: columns.interval('joined', { every: 'week' }),
  note: columns.text({ columns: 512 }),
  both: columns.cross(['city', 'plan'], { columns: 256 }),
});

describe('a served model', () => {
  let training: Table;
  let model: TableModel;

  beforeAll(async () => {
    training = await table(drawRows(1, 30));
    const fitted = await steps.fit(training, { target: 'bought' });
    const blocks = [[input('numbers')], [input('codes'), embedding()], [input('words'), dense(8)]];
    const made = network({
      inputs: fitted.inputs,
      layers: [parallel(blocks), dense(16, { activation: 'relu' }), dense(1)],
    });
    await made.fit(fitted.dataset(training), { loss: 'logistic', optimizer: adam(), batchSize: 512 });
    model = new TableModel(made, fitted);
  });

  test('encodes rows with holes and unseen categories to the same bits as the dataset does', async () => {
    const unseen = drawRows(2, 300);
    const whole = await table(unseen);
    const offline = model.network.predict(model.pipeline.dataset(whole));
    const loaded = await loadTableModel(model.toBytes());
    const together = loaded.network.predict(loaded.pipeline.encode(unseen));
    const apart = unseen.map((row) => loaded.network.predict(loaded.pipeline.encode(row))[0]);
    expect(new Set(offline).size).toBeGreaterThan(count / 2);
    expect(Buffer.from(together.buffer).equals(Buffer.from(offline.buffer))).toBe(true);
    expect(apart.filter((output, i) => !Object.is(output, offline[i]))).toEqual([]);
  });

  test('has the same bits for values that forms and files give as words', async () => {
    const rows = drawRows(3, 300).slice(0, 500);
    const asWords = rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          value instanceof Date ? value.toISOString() : typeof value === 'number' ? String(value) : value,
        ]),
      ),
    );
    const [plain, words] = [rows, asWords].map((one) => model.network.predict(model.pipeline.encode(one)));
    expect(words).toEqual(plain);
  });

  test('counts a column that a row lacks as missing', () => {
    const [row] = drawRows(4, 30) as [Record<string, unknown>];
    const { city: _, ...rest } = row;
    expect(model.predictProbabilities(rest)).toEqual(model.predictProbabilities({ ...row, city: null }));
    expect(model.predictProbabilities(rest)).toEqual(model.predictProbabilities({ ...row, city: undefined }));
    expect(model.predictProbabilities({ ...row, plan: null, city: 'Atlantis' })).toEqual(
      model.predictProbabilities({ ...row, plan: null, city: 'Ys' }),
    );
  });

  test.each([
    [{ age: 'old' }, 'row 1, column "age": Expected a number but received "old"'],
    [{ joined: 'yesterday' }, 'row 1, column "joined": Expected a date but received "yesterday"'],
    [
      { age: {} },
      'Expected a number, a string, a boolean, a Date or null for row 1, column "age" but received an Object',
    ],
    [{ income: Infinity }, 'row 1, column "income": Infinity is not finite'],
  ])('refuses %j in a sentence with row and column', (change, message) => {
    const [row] = drawRows(5, 30) as [Record<string, unknown>];
    expect(() => model.predict({ ...row, ...change })).toThrow(message);
    const [name] = Object.keys(change);
    expect(() => model.predict([row, row, { ...row, ...change }])).toThrow(`row 3, column "${name}"`);
  });

  test('answers with classes and their probabilities', () => {
    const rows = drawRows(6, 30).slice(0, 50);
    const probabilities = model.predictProbabilities(rows);
    const predictions = model.predict(rows);
    expect(predictions).toEqual(probabilities.map(({ true: yes }) => yes! > 0.5));
    for (const { true: yes, false: no } of probabilities) expect(yes! + no!).toBeCloseTo(1, 12);
    expect(model.predict(rows[0]!)).toBe(predictions[0]);
  });
});
