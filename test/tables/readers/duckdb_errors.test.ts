import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DuckDBConnection } from '@duckdb/node-api';
import { table } from '../../../lib/tables/open';
import { firstReject } from '../../../lib/tables/readers/duckdb';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-duckdb-errors-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const good = 'n,w\n1,a\n';
/** So many rows that later ones do not determine the types. */
const many = `n,w\n${'1,a\n'.repeat(30_000)}`;

/** Two files of one pattern, with an error in the second one. */
function written(contents: string | Uint8Array): { pattern: string; second: string } {
  const own = fs.mkdtempSync(path.join(folder, 'files-'));
  fs.writeFileSync(path.join(own, '1.csv'), good);
  const second = path.join(own, '2.csv');
  fs.writeFileSync(second, contents);
  return { pattern: path.join(own, '*.csv'), second };
}

const messageOf = (input: string): Promise<string> =>
  table(input, { engine: 'duckdb' }).then(
    () => 'it was read',
    ({ message }) => message,
  );

describe('if DuckDB words its errors differently', () => {
  const reworded = jest.fn((error: Error) => {
    const said = JSON.parse(error.message.slice(error.message.indexOf('{')));
    return new Error(JSON.stringify({ ...said, exception_message: 'so nicht' }));
  });
  beforeAll(() => {
    for (const name of ['run', 'runAndReadAll', 'stream', 'extractStatements'] as const) {
      const original = DuckDBConnection.prototype[name] as (...given: unknown[]) => Promise<unknown>;
      jest.spyOn(DuckDBConnection.prototype, name).mockImplementation(function (this: unknown, ...given: unknown[]) {
        return original.apply(this, given).catch((error) => {
          throw reworded(error as Error);
        }) as never;
      });
    }
  });
  afterEach(() => {
    expect(reworded).toHaveBeenCalled();
    reworded.mockClear();
  });
  afterAll(() => jest.restoreAllMocks());

  test.each<[string, string | Uint8Array, string]>([
    ['a long row', `${good}3,4,5\n`, ', line 3: 3 fields, but the line of names has 2'],
    ['a short row', `${many}3\n`, ', line 30002: 1 field, but the line of names has 2'],
    ['a short row behind a quoted end of a line', `${good}2,"b\nb"\n3\n`, ', line 5: 1 field'],
    ['a word among numbers', `${many}x,a\n`, ', line 30002, column "n": "x" is not a number'],
    [
      'a word among numbers behind CRLF',
      `\uFEFF${many.replaceAll('\n', '\r\n')}x,a\r\n`,
      ', line 30002, column "n": "x"',
    ],
    [
      'text behind a quote',
      `${many}3,"a" b\n`,
      ', line 30002: a quotation mark inside a field, or a quoted field that never ends',
    ],
    [
      'a quote that never ends',
      `${many}3,"a\n`,
      ', line 30002: a quotation mark inside a field, or a quoted field that never ends',
    ],
    [
      'Latin-1',
      Buffer.from(`${many}${'1,a\n'.repeat(300_000)}\xe9,a\n`, 'latin1'),
      ', line 330002: its bytes are not UTF-8; save the file as UTF-8',
    ],
    ['a long line', `${many}3,${'a'.repeat(9 * 2 ** 20)}\n`, ', line 30002: it is longer than 8 MB'],
  ])('the place of %s in one of several files is found', async (_, contents, sentence) => {
    const { pattern, second } = written(contents);
    expect(await messageOf(pattern)).toContain(`${second}${sentence}`);
  });

  test('a query is refused with the kind of the error and the line that the error names', async () => {
    expect(await messageOf('select 1 as a,\n  nope\nfrom range(3)')).toBe(
      'the query: Binder Error: so nicht (LINE 2: nope)',
    );
    expect(await messageOf('select 1\nfrm x')).toBe('the query: Parser Error: so nicht (LINE 2: frm x)');
  });
});

test('finds the first line that DuckDB refuses by its byte', async () => {
  const { second } = written(`${many}x,a\n1,2,3\n`);
  const scan = `select * from read_csv('${second}', auto_detect = false, delim = ',', header = true, columns = {'n': 'DOUBLE', 'w': 'VARCHAR'}, store_rejects = true)`;
  expect(await firstReject(scan)).toEqual({ path: second, byte: many.length });
});
