import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { evaluate } from '../../../lib/tables/evaluate';
import { openSource, table } from '../../../lib/tables/open';
import * as columns from '../../../lib/tables/pipeline/columns';
import type { Steps } from '../../../lib/tables/pipeline/fitted_steps';
import { pipeline } from '../../../lib/tables/pipeline/pipeline';
import type { Engine } from '../../../lib/tables/readers/duckdb';
import { loadTableModel, type TableModel } from '../../../lib/tables/table_model';
import type { Prediction } from '../../../lib/tables/targets/head';
import { train } from '../../../lib/tables/train/train';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-drift-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function written(name: string, contents: string): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, contents);
  return file;
}

const quick = { hidden: [], epochs: 2, validation: 0.2 };

/** 100 rows with a target that depends on all columns. */
const rowsOf = (row: (i: number) => Record<string, unknown>) =>
  Array.from({ length: 100 }, (_, i) => ({ ...row(i), y: Math.sin(i) + (i % 2) }));

async function modelOf(rows: readonly Record<string, unknown>[], steps?: Steps): Promise<TableModel> {
  const options = steps ? { pipeline: pipeline(steps) } : {};
  const { model } = await train(await table(rows), { target: 'y', ...quick, ...options });
  return loadTableModel(model.toBytes());
}

describe('the prediction of a row does not depend on the rows beside it', () => {
  let model: TableModel;
  beforeAll(async () => {
    const day = (i: number) => new Date(Date.UTC(2020, i % 12, 1));
    model = await modelOf(rowsOf((i) => ({ age: i % 7, flag: i % 2 === 0, day: day(i), city: `c${i % 3}` })));
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a truth value and a number', { flag: true }, { flag: 1 }],
    ['a truth value and its word', { flag: false }, { flag: 'FALSE' }],
    ['a number and its word', { age: 1.5e-7 }, { age: '1.5e-7' }],
    ['a date and its text', { day: new Date(Date.UTC(2020, 5, 1)) }, { day: '2020-06-01' }],
    ['no date and none', { day: new Date(Number.NaN) }, { day: null }],
  ])('%s', (_, one, other) => {
    const alone = [model.predict(one), model.predict(other)];
    expect(alone[1]).toBe(alone[0]);
    expect(model.predict([one, other])).toEqual(alone);
    expect(model.predict([other, one])).toEqual(alone);
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['Expected a number but received "2020-06-01T00:00:00.000Z"', { age: new Date(Date.UTC(2020, 5, 1)) }, { age: 1 }],
    ['Expected a date but received "1577836800000"', { day: 1_577_836_800_000 }, { day: '2020-06-01' }],
    ['Expected a date but received "true"', { day: true }, { day: new Date(0) }],
  ])('%s', (message, wrong, right) => {
    expect(() => model.predict(wrong)).toThrow(`row 1, column`);
    expect(() => model.predict(wrong)).toThrow(message);
    expect(() => model.predict([right, wrong])).toThrow(message);
  });

  test('refuses a value too large for float32, and names its row and column', async () => {
    const message = 'row 2, column "age": 1e+300 is too far from the training rows for float32';
    expect(() => model.predict([{ age: 1 }, { age: 1e300 }])).toThrow(message);
    const classes = await train(await table(rowsOf((i) => ({ age: i % 7, kind: `k${i % 3}` }))), {
      target: 'kind',
      ...quick,
    });
    expect(() => classes.model.predictProbabilities([{ age: 1 }, { age: 1e300 }])).toThrow(message);
  });

  test('refuses a prediction that is not finite', async () => {
    const { model: large } = await train(await table(rowsOf((i) => ({ age: i % 7 }))), { target: 'y', ...quick });
    const steep = await loadTableModel(large.toBytes());
    for (const { data } of steep.network.tensors.values()) data.fill(3e38);
    expect(() => steep.predict([{ age: 3 }, { age: 1e20 }])).toThrow('row 2: the prediction is not finite');
  });
});

test('columns can have the names of properties that all objects have', async () => {
  const names = ['constructor', 'toString', '__proto__'];
  const row = (i: number) => Object.fromEntries(names.map((name, j) => [name, (i + j) % 5]));
  const data = await table([...rowsOf(row), { y: 1 }]);
  expect(data.row(100)).toEqual({ ...Object.fromEntries(names.map((name) => [name, null])), y: 1 });
  const steps = Object.fromEntries(names.map((name) => [name, columns.number()]));
  const model = await modelOf(rowsOf(row), steps);
  const nothing = Object.fromEntries(names.map((name) => [name, null]));
  expect(model.predict({})).toBe(model.predict(nothing));
  expect(model.predict(row(3))).not.toBe(model.predict(nothing));
  for (const engine of ['duckdb', 'small'] as const) {
    const file = written('names.json', JSON.stringify([row(1), { x: 1 }]));
    expect((await table(file, { engine })).row(1)).toEqual({ ...nothing, x: 1 });
  }
});

describe('a category that was a date, a number or a truth value in training equals its text', () => {
  test.each<[string, (i: number) => unknown, unknown, unknown]>([
    ['date', (i) => new Date(Date.UTC(2020, i % 3, 1)), new Date(Date.UTC(2020, 1, 1)), '2020-02-01'],
    ['number', (i) => i % 3, 2, '2.0'],
    ['truth value', (i) => i % 3 === 0, true, 'TRUE'],
  ])('a %s', async (_, value, plain, text) => {
    const model = await modelOf(
      rowsOf((i) => ({ when: value(i), city: `c${i % 2}` })),
      { when: columns.category(), both: columns.cross(['when', 'city']) },
    );
    const [own, unseen] = [plain, 'never'].map((when) => model.predict({ when, city: 'c1' }));
    expect(model.predict({ when: text, city: 'c1' })).toBe(own);
    expect(own).not.toBe(unseen);
  });
});

describe.each<Engine>(['duckdb', 'small'])(
  'words of the training are also words in a file to predict, by %s',
  (engine) => {
    const values = {
      version: ['1.10', '1.9', 'beta'],
      flag: ['TRUE', 'FALSE', 'maybe'],
      day: ['2020-01-01', '2020-02-01', 'unknown'],
    };
    const names = Object.keys(values) as (keyof typeof values)[];
    const training = Array.from({ length: 120 }, (_, i) => {
      const row = names.map((name, j) => values[name][Math.floor(i / 3 ** j) % 3]!);
      return { ...Object.fromEntries(names.map((name, j) => [name, row[j]])), y: row[0] === '1.10' ? 'a.0' : '1.0' };
    });
    const csv = (rows: readonly object[]) =>
      `${Object.keys(rows[0]!).join(',')}\n${rows.map((row) => `${Object.values(row).join(',')}\n`).join('')}`;
    let model: TableModel;
    beforeAll(async () => {
      const data = await table(written('training.csv', csv(training)), { engine });
      ({ model } = await train(data, { target: 'y', ...quick, epochs: 20 }));
    });

    async function predicted(file: string): Promise<Prediction[]> {
      const all: Prediction[] = [];
      const source = await openSource(file, { engine });
      for await (const { predictions, probabilities } of model.predictChunks(source, { keep: ['extra'] }))
        all.push(...predictions, ...probabilities!);
      return all;
    }

    test.each(['csv', 'ndjson'])(
      'where all values of a %s look like numbers, truth values and dates',
      async (extension) => {
        const row = { version: '1.10', flag: 'TRUE', day: '2020-02-01', extra: 1 };
        const other = { version: 'beta', flag: 'maybe', day: 'unknown', extra: 2 };
        const textOf = (rows: readonly object[]) =>
          extension === 'csv' ? csv(rows) : rows.map((one) => `${JSON.stringify(one)}\n`).join('');
        const alone = await predicted(written(`alone.${extension}`, textOf([row])));
        const beside = await predicted(written(`beside.${extension}`, textOf([row, other])));
        expect(alone[0]).toBe(beside[0]);
        expect(alone.slice(1)).toEqual(beside.slice(2, 4));
        expect(model.predictProbabilities(row)).toEqual({ '1.0': alone[1], 'a.0': alone[2] });
      },
    );

    test('in the target too', async () => {
      const rows = training.filter(({ y }) => y === '1.0');
      const source = await openSource(written('labelled.csv', csv(rows)), { engine });
      expect((await evaluate(model, source)).confusion!.classes).toEqual(['1.0', 'a.0']);
    });

    test('unless the caller gives their types', async () => {
      const row = { version: '1.10', flag: 'TRUE', day: '2020-02-01' };
      const source = await openSource(written('said.csv', csv([row])), { engine, types: { version: 'number' } });
      for await (const { probabilities } of model.predictChunks(source))
        expect([...probabilities!]).toEqual(Object.values(model.predictProbabilities({ ...row, version: 1.1 })));
    });
  },
);
