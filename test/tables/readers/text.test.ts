import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { openSource, table } from '../../../lib/tables/open';
import type { Engine } from '../../../lib/tables/readers/duckdb';
import type { Table } from '../../../lib/tables/table';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-text-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const engines: readonly Engine[] = ['duckdb', 'small'];

let files = 0;
function written(extension: string, contents: string | Uint8Array): string {
  const file = path.join(folder, `${++files}.${extension}`);
  fs.writeFileSync(file, contents);
  return file;
}

const contentsOf = (one: Table) => ({
  fields: one.fields.map(({ name, type }) => `${name}: ${type}`),
  rows: Array.from(one),
});

/** The table of a file, which is the same by both engines. */
async function bothOf(file: string, options: object = {}) {
  const [duck, small] = await Promise.all(engines.map((engine) => table(file, { ...options, engine })));
  const contents = contentsOf(small!);
  expect(contentsOf(duck!)).toEqual(contents);
  return contents;
}

const plain = [
  ['n: number', 'w: word', 'd: date', 'b: boolean'],
  [
    { n: 1, w: 'a', d: new Date('2020-02-29T00:00:00Z'), b: true },
    { n: -2.5e3, w: 'ä€😀', d: null, b: false },
    { n: null, w: null, d: new Date('1960-01-01T10:30:00.5Z'), b: null },
  ],
] as const;

const plainCsv = 'n,w,d,b\n1,a,2020-02-29,true\n -2.5e3,ä€😀,,FALSE\nNA,?,1960-01-01 10:30:00.5,\n';

describe('CSV', () => {
  test.each<[string, string, string | Uint8Array]>([
    ['as it is', 'csv', plainCsv],
    ['with a byte order mark', 'csv', `\uFEFF${plainCsv}`],
    ['with CRLF', 'csv', plainCsv.replaceAll('\n', '\r\n')],
    ['without a final newline', 'csv', plainCsv.trimEnd()],
    ['with empty lines', 'csv', `\n\r\n${plainCsv.replaceAll('\n', '\n\n')}`],
    ['with semicolons', 'csv', plainCsv.replaceAll(',', ';')],
    ['with tabs', 'tsv', plainCsv.replaceAll(',', '\t')],
    ['with bars, as .txt', 'txt', plainCsv.replaceAll(',', '|')],
    ['in gzip', 'csv.gz', gzipSync(plainCsv)],
    ['in gzip without the extension', 'csv', gzipSync(plainCsv)],
    ['with quotes', 'csv', plainCsv.replaceAll(/[^,\n]+/g, '"$&"')],
  ])('%s', async (_, extension, text) => {
    const { fields, rows } = await bothOf(written(extension, text));
    expect([fields, rows]).toEqual(plain);
  });

  test('keeps quotes, delimiters and line breaks inside quotes, and spaces around words', async () => {
    const file = written('csv', '"a ""b"", c\nd",w\n"x ""y"", z\nv", spaced \n"",NAN\n');
    expect(await bothOf(file)).toEqual({
      fields: ['a "b", c\nd: word', 'w: word'],
      rows: [
        { 'a "b", c\nd': 'x "y", z\nv', w: ' spaced ' },
        { 'a "b", c\nd': null, w: 'NAN' },
      ],
    });
  });

  test('finds the delimiter behind a name with a line break', async () => {
    const { rows } = await bothOf(written('csv', '"a\nx, y";b\n1;2\n'));
    expect(rows).toEqual([{ 'a\nx, y': 1, b: 2 }]);
  });

  test('an empty line is a missing value of the only column', async () => {
    expect((await bothOf(written('csv', 'a\n1\n\n2\n\n'))).rows).toEqual([
      { a: 1 },
      { a: null },
      { a: 2 },
      { a: null },
    ]);
  });

  test('names can be empty, or differ only in case', async () => {
    expect(await bothOf(written('csv', ',a,A\n1,2,x\n'))).toEqual({
      fields: [': number', 'a: number', 'A: word'],
      rows: [{ '': 1, a: 2, A: 'x' }],
    });
  });

  test.each([
    ['leading zeros', ['007', '12'], 'word'],
    ['a zero and decimals', ['0', '0.5', '-0'], 'number'],
    ['whole numbers beyond 2⁵³', ['9007199254740993', '9007199254740992'], 'word'],
    ['numbers with exponents', ['1e20', '.5', '5.', '+3', 'inf', '-Infinity'], 'number'],
    ['thousands separators', ['1_000', '2_000'], 'word'],
    ['hexadecimal numbers', ['0x10', '0x11'], 'word'],
    ['days and months in words', ['Jun 12 1998', 'May 1 1999'], 'date'],
    ['American dates', ['12/31/1998', '01/02/1999'], 'date'],
    ['days that do not exist', ['2020-02-30', '2020-02-28'], 'word'],
    ['dates with zones', ['2020-01-01T10:00:00+02:00', '2020-01-01T10:00:00Z'], 'date'],
    ['a truth value and another word', ['true', 'yes'], 'word'],
    ['names of what objects have', ['constructor', 'constructor'], 'word'],
    ['ones and zeros', ['1', '0'], 'number'],
    ['nothing', ['', 'NA', 'null', 'n/a'], 'word'],
  ])('%s', async (_, texts, type) => {
    const { fields, rows } = await bothOf(written('csv', `a,b\n${texts.map((text) => `${text},1`).join('\n')}\n`));
    expect(fields[0]).toBe(`a: ${type}`);
    if (type === 'word' && texts[0] !== '') expect(rows.map((row) => row.a)).toEqual(texts);
  });

  test('accepts given types and a given delimiter', async () => {
    const file = written('csv', 'zip;n,\n007;1,5\n008;2,5\n');
    const { fields, rows } = await bothOf(file, { types: { zip: 'number' }, delimiter: ';' });
    expect(fields).toEqual(['zip: number', 'n,: word']);
    expect(rows).toEqual([
      { zip: 7, 'n,': '1,5' },
      { zip: 8, 'n,': '2,5' },
    ]);
    expect((await bothOf(file, { delimiter: ',' })).fields).toEqual(['zip;n: word', ': number']);
  });

  test('reads many rows', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `${i},word ${i % 1000},${i / 7}`);
    const { rows } = await bothOf(written('csv', `i,w,x\n${lines.join('\n')}\n`));
    expect(rows.length).toBe(60_000);
    expect(rows[59_999]).toEqual({ i: 59_999, w: 'word 999', x: 59_999 / 7 });
  });

  test('accepts lines that end in delimiters', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `${i},w,${i % 2 ? '' : ','}`);
    const { rows } = await bothOf(written('csv', `i,w\n${lines.join('\n')}\n`));
    expect(rows[29_999]).toEqual({ i: 29_999, w: 'w' });
  });

  test('reads long fields', async () => {
    const { rows } = await bothOf(written('csv', `a,b\n${'x'.repeat(3e6)},1\ny,2\n`));
    expect([String(rows[0]!.a).length, rows[1]]).toEqual([3e6, { a: 'y', b: 2 }]);
  });
});

describe('JSON', () => {
  const objects = [
    { n: 1, w: 'a', d: '2020-02-29', b: true },
    { n: -2500, w: 'ä€😀', d: null, b: false },
    { d: '1960-01-01 10:30:00.5' },
  ];

  test.each<[string, string, string | Uint8Array]>([
    ['an array', 'json', JSON.stringify(objects)],
    ['an array with line breaks and a byte order mark', 'json', `\uFEFF \n${JSON.stringify(objects, undefined, 2)}\n`],
    ['lines', 'ndjson', objects.map((one) => `${JSON.stringify(one)}\n`).join('')],
    ['lines without the last newline, some empty', 'jsonl', objects.map((one) => JSON.stringify(one)).join('\r\n\n')],
    ['objects over several lines', 'json', objects.map((one) => JSON.stringify(one, undefined, 1)).join('\n')],
    ['an array in gzip', 'json.gz', gzipSync(JSON.stringify(objects))],
    ['lines in gzip', 'ndjson.gz', gzipSync(objects.map((one) => JSON.stringify(one)).join('\n'))],
  ])('%s', async (_, extension, text) => {
    const { fields, rows } = await bothOf(written(extension, text));
    expect([fields, rows]).toEqual(plain);
  });

  test('reads escapes, brackets in strings, parts, mixed values and large whole numbers', async () => {
    const lines = [
      '{"s":"\\"}{[\\\\","p":{"x":[1, "a b",null]},"m":1,"id":12345678901234567890,"f":0.1234567890123456789}',
      '{"s":"NA","p":[ ],"m":"x","id":1,"f":1}',
      '{"s":"","p":null,"m":true,"id":"z 12345678901234567890","f":2}',
    ];
    expect(await bothOf(written('ndjson', lines.join('\n')))).toEqual({
      fields: ['s: word', 'p: word', 'm: word', 'id: word', 'f: number'],
      rows: [
        { s: '"}{[\\', p: '{"x":[1,"a b",null]}', m: '1', id: '12345678901234567890', f: 0.12345678901234568 },
        { s: 'NA', p: '[]', m: 'x', id: '1', f: 1 },
        { s: '', p: null, m: 'true', id: 'z 12345678901234567890', f: 2 },
      ],
    });
  });

  test('writes numbers among words, and in parts, as JavaScript does', async () => {
    const lines = ['{"m":1.0,"p":[1.0,-0.0,1e3]}', '{"m":"1.0","p":{"x":2.50}}', '{"m":1e21,"p":"a"}'];
    expect((await bothOf(written('ndjson', lines.join('\n')))).rows).toEqual([
      { m: '1', p: '[1,0,1000]' },
      { m: '1.0', p: '{"x":2.5}' },
      { m: '1e+21', p: 'a' },
    ]);
  });

  test('reads an array larger than the pieces that it is read in', async () => {
    const many = Array.from({ length: 50_000 }, (_, i) => ({ i, w: `wörd ${i % 999}` }));
    const { rows } = await bothOf(written('json', JSON.stringify(many)));
    expect(rows).toEqual(many);
  });

  test('accepts given types but no delimiter', async () => {
    const file = written('json', '[{"a":1,"b":"5"}]');
    expect(await bothOf(file, { types: { a: 'word', b: 'number' } })).toEqual({
      fields: ['a: word', 'b: number'],
      rows: [{ a: '1', b: 5 }],
    });
    await expect(table(file, { delimiter: ';' })).rejects.toThrow(
      `delimiter is an option of CSV, which ${file} is not`,
    );
  });
});

describe('options for a file', () => {
  const file = written('csv', 'constructor,b\n1,2\n');

  test('ignore inherited properties of objects', async () => {
    expect((await bothOf(file)).fields).toEqual(['constructor: number', 'b: number']);
    const json = written('json', '[{"constructor":1,"b":2}]');
    expect((await bothOf(json, { types: { b: 'word' } })).fields).toEqual(['constructor: number', 'b: word']);
  });

  test.each<[object, string]>([
    [{ types: { c: 'word' } }, `types: ${file} has no column "c"`],
    [{ types: { b: 'string' } }, 'unknown type of "b" "string". Known are: number, date, boolean, word.'],
    [{ types: ['b'] }, 'Expected an object of types by the names of columns for types but received an array'],
    [{ delimiter: ',,' }, 'Expected one character other than a quotation mark or a line end for delimiter'],
    [{ delimiter: '"' }, 'Expected one character other than a quotation mark or a line end for delimiter'],
    [{ onRows: 1 }, 'Expected a function for onRows but received 1'],
  ])('%j are refused', async (options, sentence) => {
    for (const engine of engines) await expect(table(file, { ...options, engine })).rejects.toThrow(sentence);
  });

  test('are refused where they have no effect', async () => {
    const types = { types: { a: 'word' } } as const;
    const sentence = 'types is an option of CSV, JSON files on disk and rows as objects';
    for (const rows of [await table([{ a: 1 }]), 'select 1 as a', 'https://localhost/a.csv'])
      await expect(table(rows, types)).rejects.toThrow(sentence);
    await expect(openSource(file, { kinds: { b: 'category' } } as never)).rejects.toThrow(
      'openSource: unknown option "kinds"',
    );
  });
});
