import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import type { Ranks } from '../../../lib/distributed/ranks';
import { openSource, type TableInput } from '../../../lib/tables/open';
import { partOf } from '../../../lib/tables/readers/parts';
import type { Source } from '../../../lib/tables/source';
import { type TableRow, tableFrom } from '../../../lib/tables/table';
import { random } from '../../support/numbers';
import fc from '../../support/properties';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-parts-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Ranks within this process, which meet in gather. */
function ranksOf(size: number): Ranks[] {
  let given: unknown[] = [];
  let awaiting: ((all: unknown[]) => void)[] = [];
  const gather = (rank: number, value: unknown) =>
    new Promise<unknown[]>((resolve) => {
      given[rank] = JSON.parse(JSON.stringify(value));
      awaiting.push(resolve);
      if (awaiting.length < size) return;
      const [all, waiters] = [given, awaiting];
      [given, awaiting] = [[], []];
      for (const answer of waiters) answer(all);
    });
  return Array.from(
    { length: size },
    (_, rank) => ({ rank, size, gather: (value: unknown) => gather(rank, value) }) as unknown as Ranks,
  );
}

const sourcesOf = (input: TableInput, size: number, options = {}): Promise<Source[]> =>
  Promise.all(ranksOf(size).map(async (ranks) => partOf(await openSource(input, options), ranks)));

/** The rows of each rank; empty for a rank without rows. */
const rowsOf = (sources: readonly Source[]): Promise<TableRow[][]> =>
  Promise.all(
    sources.map((source) =>
      tableFrom(source).then(
        (table) => [...table],
        (error) => (/has no rows/.test(error.message) ? [] : Promise.reject(error)),
      ),
    ),
  );

const wholeOf = async (input: TableInput, options = {}): Promise<TableRow[]> => [
  ...(await tableFrom(await openSource(input, options))),
];

const uniform = random(3);
const words = ['Bern', 'a, b', 'he said "no"', 'two\nlines', '"', '\n', 'ä€😀'];
const people = Array.from({ length: 5000 }, (_, i) => ({
  number: i,
  height: uniform() < 0.1 ? null : 1 + uniform(),
  city: words[Math.floor(words.length * uniform())]!,
  born: new Date(1e12 * uniform()).toISOString(),
}));
const quoted = (value: unknown) => `"${String(value ?? '').replaceAll('"', '""')}"`;
const csv = [
  'number,height,city,born',
  ...people.map(({ number, height, city, born }) => `${number},${height ?? ''},${quoted(city)},${born}`),
];

const files: Record<string, () => Promise<string | Buffer | Uint8Array>> = {
  'lines.csv': async () => csv.join('\n'),
  'returns.csv': async () => `${csv.join('\r\n')}\r\n`,
  'lines.tsv': async () => ['a\tb', ...people.map(({ number, height }) => `${number}\t${height ?? ''}`)].join('\n'),
  'objects.ndjson': async () => people.map((one) => JSON.stringify(one)).join('\n'),
  'list.json': async () => JSON.stringify(people),
  'lines.csv.gz': async () => zlib.gzipSync(csv.join('\n')),
  'old.csv': async () => csv.join('\r'),
  'table.arrow': async () =>
    tableToIPC(
      tableFromArrays({ number: people.map(({ number }) => number), city: people.map(({ city }) => city) }),
      'file',
    ),
};
const cut = ['lines.csv', 'returns.csv', 'lines.tsv', 'objects.ndjson', 'groups.parquet'];

async function fileNamed(name: string): Promise<string> {
  const file = path.join(folder, name);
  if (fs.existsSync(file)) return file;
  if (name === 'groups.parquet') {
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const select = `select i as number, i / 7 as height, 'word ' || (i % 70) as city, i % 3 = 0 as flag from range(30000) t(i)`;
    await connection.run(`copy (${select}) to '${file}' (format parquet, row_group_size 4096)`);
    connection.closeSync();
  } else fs.writeFileSync(file, await files[name]!());
  return file;
}

describe.each([...Object.keys(files), 'groups.parquet'])('%s', (name) => {
  test.each(['duckdb', 'small'])('each row belongs to exactly one rank, by the engine %s', async (engine) => {
    const file = await fileNamed(name);
    const whole = await wholeOf(file, { engine });
    for (const size of [1, 2, 3, 7]) {
      const parts = await rowsOf(await sourcesOf(file, size, { engine }));
      const together = parts.flat();
      if (cut.includes(name)) {
        expect(together).toEqual(whole); // in order
        for (const part of parts) expect(Math.abs(part.length - whole.length / size)).toBeLessThan(60);
      } else {
        const byNumber = (rows: TableRow[]) => rows.sort((a, b) => Number(a.number) - Number(b.number));
        expect(byNumber(together)).toEqual(byNumber([...whole]));
        for (const part of parts) expect(Math.abs(part.length - whole.length / size)).toBeLessThanOrEqual(1024);
      }
    }
  });
});

test.each(['duckdb', 'small'] as const)(
  'the parts of a file with a selection of columns are those of the whole file, by %s',
  async (engine) => {
    for (const name of ['lines.csv', 'objects.ndjson', 'groups.parquet']) {
      const file = await fileNamed(name);
      const whole = await wholeOf(file, { engine });
      const parts = await Promise.all(
        ranksOf(3).map(async (ranks) => {
          const source = await openSource(file, { engine });
          return partOf(source.only?.(['city', 'number']) ?? source, ranks);
        }),
      );
      const rows = (await rowsOf(parts)).flat().map(({ city, number }) => ({ city, number }));
      expect(rows).toEqual(whole.map(({ city, number }) => ({ city, number })));
      if ((await openSource(file, { engine })).only)
        expect(parts[0]!.fields.map((field) => field.name)).toEqual(['city', 'number']);
    }
  },
);

test('rows in memory and queries are dealt out', async () => {
  const query = `select i as number from range(5000) t(i)`;
  for (const input of [people, query]) {
    const parts = await rowsOf(await sourcesOf(input, 2));
    expect(parts.map(({ length }) => length)).toEqual([2952, 2048]);
    expect(parts.flat().sort((a, b) => Number(a.number) - Number(b.number))).toEqual(await wholeOf(input));
  }
});

test('any CSV text, cut anywhere, gives the same rows', async () => {
  const cell = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', ' ', 'é', '1') }).filter((text) => !/^\s*$/.test(text)),
    fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n') }).map((text) => quoted(`x${text}`)),
  );
  const file = path.join(folder, 'random.csv');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 40 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.integer({ min: 1, max: 9 }),
      async (rows, lineEnd, isEnded, size) => {
        const text = ['"the ""first""\nname",second', ...rows.map((row) => row.join(','))].join(lineEnd);
        fs.writeFileSync(file, isEnded ? text + lineEnd : text);
        const options = { engine: 'small', types: { 'the "first"\nname': 'word', second: 'word' } };
        expect((await rowsOf(await sourcesOf(file, size, options))).flat()).toEqual(await wholeOf(file, options));
      },
    ),
    { numRuns: 300 },
  );
});

test('messages name the line of the file or the row of the part', async () => {
  const file = path.join(folder, 'damaged.csv');
  const lines = ['a,b', ...Array.from({ length: 30_000 }, (_, i) => `${i},"${'x'.repeat(220)}\n"`)];
  lines[25_001] = '1,2,3';
  fs.writeFileSync(file, lines.join('\n'));
  const [, , third] = await sourcesOf(file, 3);
  await expect(tableFrom(third!)).rejects.toThrow(`${file}, line 50002: 3 fields, but the line of names has 2`);
  const json = path.join(folder, 'damaged.ndjson');
  const objects = Array.from({ length: 30_000 }, (_, i) => `{"a":${i === 28_000 ? '"x"' : i}}`);
  fs.writeFileSync(json, objects.join('\n'));
  const [, second] = await sourcesOf(json, 2);
  await expect(tableFrom(second!)).rejects.toThrow(
    /damaged\.ndjson, part 2 of 2, row 1\d{4}, column "a": "x" is not a number/,
  );
  objects[28_000] = '{"a":1';
  fs.writeFileSync(json, objects.join('\n'));
  const [, again] = await sourcesOf(json, 2);
  await expect(tableFrom(again!)).rejects.toThrow(/damaged\.ndjson, line 28001: /);
  const large = path.join(folder, 'large.csv');
  fs.writeFileSync(
    large,
    ['a', ...Array.from({ length: 60_000 }, (_, i) => (i === 50_000 ? '9007199254740993' : i))].join('\n'),
  );
  const [, last] = await sourcesOf(large, 2);
  await expect(tableFrom(last!)).rejects.toThrow(
    /large\.csv, part 2 of 2, row \d+, column "a": a whole number beyond 2⁵³/,
  );
});

test('some ranks get no rows if the file has fewer lines than ranks', async () => {
  const file = path.join(folder, 'few.csv');
  fs.writeFileSync(file, 'a,b\n1,2\n3,4\n');
  const parts = await rowsOf(await sourcesOf(file, 5));
  expect(parts.flat()).toEqual([
    { a: 1, b: 2 },
    { a: 3, b: 4 },
  ]);
});
