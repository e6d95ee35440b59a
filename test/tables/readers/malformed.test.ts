import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { table } from '../../../lib/tables/open';
import type { Engine } from '../../../lib/tables/readers/duckdb';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-malformed-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

let files = 0;
function written(extension: string, contents: string | Uint8Array): string {
  const file = path.join(folder, `${++files}.${extension}`);
  fs.writeFileSync(file, contents);
  return file;
}

const refusal = (input: string, options = {}): Promise<Error & { code?: string }> =>
  table(input, options).then(
    () => new Error('it was read'),
    (error) => error,
  );

/** So many rows that later ones do not determine the types. */
const rows = Array.from({ length: 30_000 }, (_, i) => `${i},w${i % 99},true,2020-01-01\n`).join('');
const many = `n,w,b,d\n${rows}`;
const incompressible = Array.from({ length: 20_000 }, (_, i) => `${Math.sin(i)},w\n`).join('');

describe.each<Engine>(['duckdb', 'small'])('refuses a malformed file, by %s', (engine) => {
  test.each<[string, string, string | Uint8Array, string]>([
    [
      'values nested deeper than a stack holds',
      'json',
      `[{"a":1},\n{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}]`,
      ', line 2: an object has values nested more than 1000 deep',
    ],
    [
      'objects nested deeper than a stack holds',
      'ndjson',
      `{"a":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}}\n`,
      ', line 1: an object has values nested more than 1000 deep',
    ],
    ['a short row', 'csv', 'a,b\n1,2\n3\n', ', line 3: 1 field, but the line of names has 2'],
    ['a short row far down', 'csv', `${many}1,2\n`, ', line 30002: 2 fields, but the line of names has 4'],
    ['a long row', 'csv', 'a,b\n1,2\n3,4,5\n', ', line 3: 3 fields, but the line of names has 2'],
    ['a long row far down', 'csv', `${many}1,2,,,x\n`, ', line 30002: 5 fields, but the line of names has 4'],
    [
      'a quote that never ends',
      'csv',
      'a,b\n1,2\n3,"4\n5,6\n',
      ', line 3: a quotation mark inside a field, or a quoted field that never ends',
    ],
    [
      'such a quote far down',
      'csv',
      `${many}1,"x,,\n`,
      ', line 30002: a quotation mark inside a field, or a quoted field that never ends',
    ],
    [
      'a quote inside a field',
      'csv',
      'a,b\n1,x"y"\n',
      ', line 2: a quotation mark inside a field, or a quoted field that never ends',
    ],
    [
      'text behind a quote',
      'csv',
      `${many}1,"x" y,,\n`,
      ', line 30002: a quotation mark inside a field, or a quoted field that never ends',
    ],
    [
      'a word among numbers',
      'csv',
      `${many}many,w,,\n`,
      ', line 30002, column "n": "many" is not a number, the type of the column by its first rows or by types; types: { "n": \'word\' } reads words (on the command line, --types "n"=word)',
    ],
    [
      'a word among truth values',
      'csv',
      `${many}1,w,yes,\n`,
      ', line 30002, column "b": "yes" is not a boolean, the type of the column by its first rows or by types; ',
    ],
    [
      'a word among dates',
      'csv',
      `${many}1,w,,soon\n`,
      ', line 30002, column "d": "soon" is not a date, the type of the column by its first rows or by types; ',
    ],
    [
      'a large number among whole ones',
      'csv',
      `${many}12345678901234567,w,,\n`,
      ', row 30001, column "n": a whole number beyond 2⁵³, which float64 would round; types: { "n": \'word\' } reads words (on the command line, --types "n"=word)',
    ],
    ['two columns of a name', 'csv', 'a,b,a\n1,2,3\n', ', line 1: two columns have the name "a"'],
    [
      'Latin-1',
      'csv',
      Buffer.from('a,b\n1,2\n3,caf\xe9\n', 'latin1'),
      ', line 3: its bytes are not UTF-8; save the file as UTF-8',
    ],
    [
      'Latin-1 far down',
      'csv',
      Buffer.concat([Buffer.from(many), Buffer.from('1,\xe9,,\n', 'latin1')]),
      ', line 30002: its bytes are not UTF-8',
    ],
    ['UTF-16', 'csv', Buffer.from('\uFEFFa,b\n1,2\n', 'utf16le'), ' is UTF-16; save it as UTF-8'],
    ['UTF-16 without its mark', 'json', Buffer.from('[{"a":1}]', 'utf16le'), ' is UTF-16; save it as UTF-8'],
    ['empty objects', 'json', '[{},{}]', ' has only empty objects, so there are no columns'],
    [
      'junk',
      'csv',
      Buffer.from(Array.from({ length: 9999 }, (_, i) => (i * 7919) % 256)),
      ', line 1: its bytes are not UTF-8',
    ],
    ['a line without an end', 'csv', `a,b\n1,${'x'.repeat(9e6)}\n`, ', line 2: it is longer than 8 MB'],
    ['a quote that never ends before much', 'csv', `a,b\n1,"${'x\n'.repeat(5e6)}`, ', line 2'],
    ['a truncated gzip', 'csv.gz', gzipSync(`n,w\n${incompressible}`).subarray(0, 100_000), ': it is cut off'],
    ['a damaged gzip', 'csv.gz', gzipSync(many).fill(255, 500, 600), ': its gzip is damaged'],
    [
      'a truncated gzip of JSON',
      'ndjson.gz',
      gzipSync(incompressible.replaceAll(/(.*),w/g, '{"a":$1}')).subarray(0, 100_000),
      ': it is cut off',
    ],
    ['nothing', 'csv', '', ' is empty'],
    ['line breaks alone', 'csv', '\n\n', ' is empty: it has no line of names'],
    ['names alone', 'csv', 'a,b\n', ' has no rows'],
    ['no objects', 'json', '[]', ' has no objects'],
    ['numbers', 'json', '[1,2]', ', line 1: Expected an object, or an array of objects, but received "1"'],
    ['an array that is cut off', 'json', '[{"a":1},\n{"a":2}', ', line 2: the array never ends: it is cut off'],
    ['an object that is cut off', 'ndjson', '{"a":1}\n{"a":', ', line 2: the object that begins here never ends'],
    ['an object that is none', 'ndjson', '{"a":1}\n{"a":oops}\n', ', line 2: "{\\"a\\":oops}" is not JSON'],
    [
      'a word among numbers of JSON',
      'ndjson',
      `${'{"a":1}\n'.repeat(25_000)}{"a":"x"}\n`,
      ', row 25001, column "a": "x" is not a number',
    ],
    ['Latin-1 in JSON', 'ndjson', Buffer.from('{"a":1}\n{"a":"\xe9"}', 'latin1'), ', line 2: its bytes are not UTF-8'],
    ['an unknown extension', 'xlsx', 'PK', ': Expected a file whose name ends in .csv'],
  ])('%s', async (_, extension, contents, sentence) => {
    const file = written(extension, contents);
    const { message, code } = await refusal(file, { engine });
    expect(message).toContain(`${file}${sentence}`);
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(500);
    expect(code).toMatch(/^ERR_(CORRUPT_FILE|SHAPE|INVALID_ARGUMENT)$/);
  });

  test('a folder, a missing file and a pipe', async () => {
    expect((await refusal(folder, { engine })).message).toBe(`can't read ${folder}: it is a folder`);
    const missing = path.join(folder, 'missing.csv');
    expect((await refusal(missing, { engine })).message).toBe(`can't read ${missing}: no such file or directory`);
    const pipe = path.join(folder, `${engine}.csv`);
    execFileSync('mkfifo', [pipe]);
    expect((await refusal(pipe, { engine })).message).toBe(`can't read ${pipe}: it is not a regular file`);
  });
});

test('a gzip truncated behind the rows that determine the types', async () => {
  const whole = gzipSync(`n\n${Array.from({ length: 400_000 }, (_, i) => `${Math.sin(i)}\n`).join('')}`);
  const file = written('csv.gz', whole.subarray(0, whole.length - 200_000));
  for (const engine of ['duckdb', 'small'] as const)
    expect((await refusal(file, { engine })).message).toBe(`${file}: it is cut off`);
});

test('queries that DuckDB refuses', async () => {
  const { message, code } = await refusal('select 1 +', { engine: 'duckdb' });
  expect([message, code]).toEqual([
    expect.stringMatching(/^the query: Parser Error: syntax error [^\n]+$/),
    'ERR_INVALID_ARGUMENT',
  ]);
  expect((await refusal("select * from 'nowhere.csv'")).message).toContain('nowhere.csv');
  expect((await refusal('select 9007199254740993 as id')).message).toBe(
    'the query, row 1, column "id": a whole number beyond 2⁵³, which float64 would round; "id"::varchar in the query reads words',
  );
});

test('inputs that only DuckDB supports', async () => {
  for (const input of ['select 1 as a', 'https://example.org/a.csv', `${folder}/*.csv`]) {
    const { message, code } = await refusal(input, { engine: 'small' });
    expect([message, code]).toEqual([
      expect.stringContaining('npm install @duckdb/node-api'),
      'ERR_UNSUPPORTED_PLATFORM',
    ]);
  }
});

test('wrong options', async () => {
  const file = written('csv', 'a\n1\n');
  expect((await refusal(file, { engine: 'smal' })).message).toBe('unknown engine "smal". Did you mean "small"?');
  expect((await refusal(file, { delimeter: ';' })).message).toContain('Did you mean "delimiter"?');
});
