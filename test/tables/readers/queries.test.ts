import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { table } from '../../../lib/tables/open';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-queries-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

function written(name: string, contents: string | Uint8Array): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, contents);
  return file;
}

const refusal = (input: string): Promise<Error> =>
  table(input, { engine: 'duckdb' }).then(
    () => new Error('it was read'),
    (error) => error,
  );

describe('a query', () => {
  test('keeps columns apart that have equal names, or names that differ only in case', async () => {
    expect((await table('select 1 as a, 2 as a, 3 as A')).row(0)).toEqual({ a: 1, a_1: 2, A_2: 3 });
  });

  test('with two statements is refused before either runs', async () => {
    const other = path.join(folder, 'other.csv');
    const { message } = await refusal(`select 1 as a; copy (select 1) to '${other}'`);
    expect(message).toMatch(/^the query: Parser Error: syntax error at or near ";" \(LINE 1: select 1 as a; copy/);
    expect(fs.existsSync(other)).toBe(false);
  });

  test('can describe, summarize, and end in a comment', async () => {
    expect((await table('describe select 1 as x')).values('column_name')).toEqual(['x']);
    expect((await table('summarize select 7 as x')).values('max')).toEqual(['7']);
    expect((await table('select 1 as x -- one')).values('x')).toEqual(Float64Array.of(1));
  });

  test('is quoted as written when it is refused', async () => {
    expect((await refusal('table nowhere')).message).toBe(
      'the query: Catalog Error: Table with name nowhere does not exist! (LINE 1: table nowhere)',
    );
    const junk = written('junk.parquet', 'no Parquet, by no means');
    expect((await refusal(junk)).message).not.toMatch(/LINE|select/);
  });
});

test('reads a file with a name that begins like a query', async () => {
  for (const name of ['table one.csv', 'with love.csv', 'from bern.csv']) {
    written(name, 'a\n5\n');
    const home = process.cwd();
    process.chdir(folder);
    try {
      expect((await table(name)).values('a')).toEqual(Float64Array.of(5));
    } finally {
      process.chdir(home);
    }
  }
});

test('reads times without a zone as UTC, whatever the time zone of the process', () => {
  const csv = written(
    'times.csv',
    'day\n2020-01-01 10:00:00\n1969-12-31T23:59:59.9995\n2020-06-01T10:00+02:00\n2020-06-01 08:00Z\n2020-06-01T10:00:00.000+0200\n',
  );
  const json = written('times.ndjson', '{"day":"2020-01-01 10:00:00"}\n{"day":"2020-06-01T04:00-04:00"}\n');
  const script = `
    const { table } = require('glissade/tables');
    (async () => {
      const of = async (input, engine) => [...(await table(input, { engine })).values('day')];
      const all = [];
      for (const engine of ['duckdb', 'small'])
        for (const file of ${JSON.stringify([csv, json])}) all.push(await of(file, engine));
      all.push(await of("select '2020-01-01 10:00:00'::timestamptz as day", 'duckdb'));
      console.log(JSON.stringify(all));
    })();`;
  const env = { ...process.env, TZ: 'America/New_York' };
  const printed = execFileSync(process.execPath, ['-e', script], { env, cwd: path.join(__dirname, '../../..') });
  const ten = Date.UTC(2020, 0, 1, 10);
  const eight = Date.UTC(2020, 5, 1, 8);
  const times = [ten, -1, eight, eight, eight];
  expect(JSON.parse(String(printed))).toEqual([times, [ten, eight], times, [ten, eight], [ten]]);
});

describe('a pattern', () => {
  const pattern = (name: string) => path.join(folder, `${name}-*.csv`);

  test('of CSV files reads all rows', async () => {
    written('alike-1.csv', 'x,y\n1,2\n');
    written('alike-2.csv', '\uFEFF"x","y"\r\n3,4\r\n');
    expect([...(await table(pattern('alike')))]).toEqual([
      { x: 1, y: 2 },
      { x: 3, y: 4 },
    ]);
  });

  test.each<[string, string | Uint8Array, string]>([
    ['order', 'y,x\n3,4\n', ' has the line of names "y,x", but '],
    ['compression', gzipSync('x,y\n3,4\n'), ' is gzip, but '],
    ['value', 'x,y\n3,many\n', ', line 2, column "y": "many" is not a number'],
    ['row', 'x,y\n3\n', ', line 2: 1 field, but the line of names has 2'],
    ['whole', 'x,y\n3,9007199254740993\n', ', row 2, column "y": a whole number beyond 2⁵³'],
  ])('names the file of a wrong %s', async (name, contents, message) => {
    written(`${name}-1.csv`, 'x,y\n1,2\n');
    const second = written(`${name}-2.csv`, contents);
    const file = name === 'whole' ? pattern(name) : second;
    expect((await refusal(pattern(name))).message).toContain(`${file}${message}`);
  });
});
