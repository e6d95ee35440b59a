import fs from 'node:fs';
import path from 'node:path';
import { readLibsvm } from '../../lib/tables/libsvm';
import { table } from '../../lib/tables/open';
import type { Engine } from '../../lib/tables/readers/duckdb';
import { folders } from '../support/folders';
import { modelFor } from '../support/people';
import { processorSeconds } from '../support/processor_time';

const newFolder = folders();
function written(extension: string, contents: string): string {
  const file = path.join(newFolder(), `long.${extension}`);
  fs.writeFileSync(file, contents);
  return file;
}

/** Seconds of processor time. Work that grows with the square of these lengths would take minutes to hours. */
const mostSeconds = 5;

/** The result of the work, or the message of its error. */
async function soon<T>(work: () => T | Promise<T>): Promise<T | string> {
  const begin = processorSeconds();
  let result: T | string;
  try {
    result = await work();
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_/) });
    result = (error as Error).message;
  }
  expect(processorSeconds() - begin).toBeLessThan(mostSeconds);
  return result;
}

const million = 1_000_000;
const digits = '1'.repeat(million);

/** Long texts that begin like numbers and dates. */
const nearNumbers = [
  ['digits', `${digits}x`],
  ['digits behind a point', `.${digits}x`],
  ['digits on both sides of a point', `${digits}.${digits}x`],
  ['an exponent', `1e${digits}x`],
  ['digits and exponents', '1e'.repeat(million)],
  ['points', '.'.repeat(million)],
  ['spaces before and after', `${' '.repeat(million)}1${' '.repeat(million)}x`],
  ['a date', `2020-01-01T00:00:00.${digits}x`],
  ['signs', '+'.repeat(million)],
] as const;

describe.each(nearNumbers)('%s of a million characters that is no number', (_, text) => {
  test.each<Engine>(['duckdb', 'small'])('in CSV and JSON, by %s', async (engine) => {
    for (const file of [written('csv', `a,b\n${text},1\n`), written('json', `[{"a":"${text}","b":1}]`)]) {
      const read = await soon(() => table(file, { engine }));
      expect(read).toMatchObject({ rows: 1, fields: [{ type: 'word' }, { type: 'number' }] });
    }
  });

  test('after many rows of numbers', async () => {
    const rows = '1,2\n'.repeat(20_001);
    expect(await soon(() => table(written('csv', `a,b\n${rows}${text},1\n`), { engine: 'small' }))).toMatch(
      /line 20003, column "a": ".*" is not a number/,
    );
  });

  test('in libsvm, as a label and as a value', async () => {
    const word = text.trim().replaceAll(' ', '');
    expect(await soon(() => readLibsvm(Buffer.from(`${word} 1:1\n`)))).toMatch('is not a number');
    expect(await soon(() => readLibsvm(Buffer.from(`1 1:${word}\n`)))).toMatch('is not a number');
  });
});

test('a row of a program', async () => {
  const model = await modelFor('price', 60);
  for (const [, text] of nearNumbers)
    expect(await soon(() => model.predict({ age: text }))).toMatch('Expected a number');
});

test('JSON with escaped quotation marks in strings', async () => {
  const quotes = '\\"'.repeat(million);
  const [begin, end] = [`[{"n":12345678901234567,"s":"${quotes}`, '"}]'];
  const read = await soon(() => table(written('json', begin + end), { engine: 'small' }));
  expect(Array.from(read as never)).toEqual([{ n: '12345678901234567', s: '"'.repeat(million) }]);
  // A line break after a backslash is not JSON.
  expect(await soon(() => table(written('json', `${begin}\\\n${end}`), { engine: 'small' }))).toMatch('is not JSON');
  const backslashes = '\\'.repeat(million);
  const one = await soon(() => table(written('json', `${begin}${backslashes}${end}`), { engine: 'small' }));
  expect(one).toMatchObject({ rows: 1 });
});

test('digits in strings and outside of them', async () => {
  const text = String.raw`[{"12345678901234567":12345678901234567,"a\"-12345678901234567":"\\","b":-12345678901234567,"c":[12345678901234567]}]`;
  expect(Array.from(await table(written('json', text), { engine: 'small' }))).toEqual([
    {
      '12345678901234567': '12345678901234567',
      'a"-12345678901234567': '\\',
      b: '-12345678901234567',
      c: '["12345678901234567"]',
    },
  ]);
});

test("a line with many possible readings of DuckDB's error message", async () => {
  const line = `"${'column "". Could not convert string ""'.repeat(10_000)}\n",1`;
  const read = await soon(() => table(written('csv', `a,b\n${'1,2\n'.repeat(20_001)}${line}\n`), { engine: 'duckdb' }));
  expect(read).toMatch(/line 20003, column "a": .* is not a number/);
});

test('a query after many spaces or before many semicolons', async () => {
  expect(await soon(() => table(`${' '.repeat(million)}x`))).toMatch('x');
  expect(await soon(() => table(`select 1 as a ${';'.repeat(million)}`))).toMatchObject({ rows: 1 });
  expect(await soon(() => table(`select 1 ${';'.repeat(million)} x`))).toMatch('the query');
});
