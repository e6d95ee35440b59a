import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { openSource, table } from '../../../lib/tables/open';
import type { Engine } from '../../../lib/tables/readers/duckdb';
import type { Table } from '../../../lib/tables/table';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-parquet-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

let files = 0;
async function copied(select: string, options = ''): Promise<string> {
  const file = path.join(folder, `${++files}.parquet`);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`copy (${select}) to '${file}' (format parquet${options})`);
  connection.closeSync();
  return file;
}

const contentsOf = (one: Table) => ({
  fields: one.fields.map(({ name, type }) => `${name}: ${type}`),
  rows: Array.from(one),
});

async function bothOf(file: string) {
  const [duck, small] = await Promise.all([table(file, { engine: 'duckdb' }), table(file, { engine: 'small' })]);
  const contents = contentsOf(small);
  expect(contentsOf(duck)).toEqual(contents);
  return contents;
}

const everything = `
  select i::utinyint as u8, (i - 50)::smallint as i16, i::uinteger as u32, (i * 1000003)::bigint as i64,
    (i / 7)::float as f32, i / 7 as f64, (i / 8)::decimal(10, 3) as dec, (i * 1000000007 / 8)::decimal(25, 3) as wide,
    i % 2 = 0 as b, date '1950-02-28' + i::integer as d,
    timestamp '1950-01-01 00:00:00.1234567' + to_seconds(i * 86399) as t, (timestamp '2000-01-01' + to_hours(i::integer))::timestamptz as tz,
    time '01:02:03.5' + to_seconds(i) as clock, 'word ' || (i % 7) as w, 'ä€😀 much longer than twelve bytes ' || i as long,
    uuid '00000000-0000-4000-8000-0123456789ab' as id, 1 as one, 9007199254740993 + i as large, null::integer as hole, ('w' || i % 3)::enum('w0', 'w1', 'w2') as e,
  from range(250) t(i)`;

const withHoles = `select columns(c -> c <> 'i') from (select ${[
  'u8', 'i16', 'u32', 'i64', 'f32', 'f64', 'dec', 'wide', 'b', 'd', 't', 'tz', 'clock', 'w', 'long', 'id', 'one', 'large', 'hole', 'e',
].map((name) => `case when hash(i16, '${name}') % 5 > 0 then ${name} end as ${name}`).join(', ')} from (${everything}))`; // biome-ignore format: a list

describe.each(['uncompressed', 'snappy', 'zstd', 'gzip', 'lz4_raw', 'brotli'])(
  'reads Parquet of all types by %s',
  (codec) => {
    test.each([
      ['', everything],
      [' with holes', withHoles],
    ])('both engines read the same%s', async (_, select) => {
      const { fields, rows } = await bothOf(await copied(select, `, compression ${codec}`));
      expect(rows.length).toBe(250);
      expect(Object.fromEntries(fields.map((field) => field.split(': ')))).toEqual({
        ...Object.fromEntries(
          ['u8', 'i16', 'u32', 'i64', 'f32', 'f64', 'dec', 'wide', 'clock', 'one', 'hole'].map((name) => [
            name,
            'number',
          ]),
        ),
        ...Object.fromEntries(['w', 'long', 'id', 'large', 'e'].map((name) => [name, 'word'])),
        ...Object.fromEntries(['d', 't', 'tz'].map((name) => [name, 'date'])),
        b: 'boolean',
      });
    });
  },
);

test('reads the newer encodings of pages', async () => {
  const { rows } = await bothOf(await copied(everything, ', parquet_version v2'));
  expect(rows[3]).toMatchObject({ i64: 3_000_009, w: 'word 3', large: '9007199254740996', clock: 3726.5, dec: 0.375 });
});

test('reads several groups, with the same codes in all', async () => {
  const select = "select i, 'w' || (i * 7919 % 5000) as w from range(300000) t(i)";
  const file = await copied(select, ', row_group_size 100000');
  const { rows } = await bothOf(file);
  expect(rows[299_999]).toEqual({ i: 299_999, w: `w${(299_999 * 7919) % 5000}` });
  const source = await openSource(file, { engine: 'small' });
  const parts: number[] = [];
  for await (const { rows: part, columns } of source.only!(['w']).chunks()) parts.push(part, columns.length);
  expect(Math.max(...parts)).toBeLessThanOrEqual(65_536);
  expect(new Set(parts.filter((_, i) => i % 2))).toEqual(new Set([1]));
});

const refusal = (file: string, engine: Engine) =>
  table(file, { engine }).then(
    () => new Error('it was read'),
    (error) => error,
  );

describe.each<Engine>(['duckdb', 'small'])('by %s', (engine) => {
  test.each(['[1, 2]', "{ 'a': 1 }", "map { 'a': 1 }"])('refuses a column of %s', async (value) => {
    const file = await copied(`select 1 as n, ${value} as parts`);
    const { message, code } = await refusal(file, engine);
    expect([message, code]).toEqual([
      `${file}, column "parts": it has nested values; use a query that selects other columns: select … from '${file}'`,
      'ERR_INVALID_ARGUMENT',
    ]);
  });

  test('refuses truncated, garbage and empty files and damaged pages in one line', async () => {
    const whole = fs.readFileSync(await copied(everything, ', compression zstd'));
    const damaged = Uint8Array.from(whole).fill(0xa5, 100, 400);
    const footerAt = whole.length - 8 - whole.readUInt32LE(whole.length - 8);
    const claims = Uint8Array.from(whole);
    new DataView(claims.buffer).setUint32(whole.length - 8, 0x7fffffff, true); // a footer of 2 GB
    const broken = Uint8Array.from(whole).fill(0x7f, footerAt + 20, footerAt + 60);
    for (const bytes of [
      whole.subarray(0, 1000),
      Buffer.from('PAR1 and no more of it PAR1'),
      damaged,
      claims,
      broken,
    ]) {
      const file = path.join(folder, `${++files}.parquet`);
      fs.writeFileSync(file, bytes);
      const { message, code } = await refusal(file, engine);
      expect(message.startsWith(file)).toBe(true);
      expect(message).not.toContain('\n');
      expect(code).toBe('ERR_CORRUPT_FILE');
    }
  });
});

test('groups of whole numbers without statistics are scanned', async () => {
  const groups = `select case when i > 5000 then i end as n, case when i > 5000 then 9007199254740993 + i end as large
    from range(8000) t(i)`;
  const { fields, rows } = await bothOf(await copied(groups, ', row_group_size 2048'));
  expect(fields).toEqual(['n: number', 'large: word']);
  expect(rows[7000]).toEqual({ n: 7000, large: '9007199254747993' });
});

test('the memory of a chunk can be freed after use', async () => {
  const source = await openSource(await copied(everything), { engine: 'duckdb' });
  for await (const { columns, release } of source.chunks()) {
    const lengths = () => columns.map((column) => (column.type === 'word' ? 250 : column.values.length));
    expect(new Set(lengths())).toEqual(new Set([250]));
    release!();
    expect(new Set(lengths())).toEqual(new Set([0, 250]));
  }
});
