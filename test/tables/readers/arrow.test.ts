import fs from 'node:fs';
import path from 'node:path';
import * as arrow from 'apache-arrow';
import { openSource, table } from '../../../lib/tables/open';
import { sharedChildren } from '../../support/arrow_schema';
import { folders } from '../../support/folders';

const newFolder = folders();
let folder: string;
beforeAll(() => {
  folder = newFolder();
});

const day = new Date('2020-02-29T00:00:00Z');
const of = (values: readonly unknown[], type: arrow.DataType) =>
  arrow.vectorFromArray(values as never[], type as never);

const whole = () =>
  new arrow.Table({
    f: of([1.5, null, -2], new arrow.Float64()),
    g: of([0.5, 1, 2], new arrow.Float32()),
    i: of([1, 2, 3], new arrow.Int32()),
    u: of([1, null, 255], new arrow.Uint8()),
    small: of([1n, null, -3n], new arrow.Int64()),
    large: of([1n, null, 9007199254740993n], new arrow.Int64()),
    w: of(['a', null, 'ä€😀'], new arrow.Utf8()),
    c: of(['x', 'y', 'x'], new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())),
    b: of([true, null, false], new arrow.Bool()),
    d: of([day, null, day], new arrow.DateDay()),
    t: of([day, null, day], new arrow.TimestampMillisecond()),
  });

const expected = {
  fields: ['f: number', 'g: number', 'i: number', 'u: number', 'small: number', 'large: word', 'w: word', 'c: word', 'b: boolean', 'd: date', 't: date'], // biome-ignore format: a list
  rows: [
    { f: 1.5, g: 0.5, i: 1, u: 1, small: 1, large: '1', w: 'a', c: 'x', b: true, d: day, t: day },
    { f: null, g: 1, i: 2, u: null, small: null, large: null, w: null, c: 'y', b: null, d: null, t: null },
    { f: -2, g: 2, i: 3, u: 255, small: -3, large: '9007199254740993', w: 'ä€😀', c: 'x', b: false, d: day, t: day },
  ],
};

const contentsOf = async (from: unknown) => {
  const read = await table(from as string);
  return { fields: read.fields.map(({ name, type }) => `${name}: ${type}`), rows: Array.from(read) };
};

test('reads tables, record batches and lists of them', async () => {
  expect(await contentsOf(whole())).toEqual(expected);
  expect(await contentsOf(whole().batches[0])).toEqual(expected);
  const twice = await table([...whole().batches, ...whole().batches] as never);
  expect(Array.from(twice)).toEqual([...expected.rows, ...expected.rows]);
  expect(await contentsOf(whole().slice(1, 3))).toEqual({
    ...expected,
    rows: expected.rows.slice(1),
  });
});

test.each([
  ['arrow', 'file'],
  ['feather', 'file'],
  ['ipc', 'stream'],
] as const)('reads .%s files in the format of a %s', async (extension, format) => {
  const file = path.join(folder, `whole.${extension}`);
  fs.writeFileSync(file, arrow.tableToIPC(whole(), format));
  expect(await contentsOf(file)).toEqual(expected);
});

test('the codes of words are the same in all batches', async () => {
  const batch = (words: string[]) =>
    new arrow.Table({ c: of(words, new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8())) }).batches[0]!;
  const source = await openSource([batch(['x', 'y']), batch(['y', 'z', 'x'])] as never);
  const codes: number[] = [];
  for await (const { columns } of source.chunks()) {
    const [column] = columns;
    if (column!.type === 'word') codes.push(...column!.codes);
  }
  expect(codes).toEqual([0, 1, 1, 2, 0]);
});

test.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
  ['cut off', (bytes) => bytes.subarray(0, 700), 'it is cut off'],
  [
    'with a footer of 2 GB',
    (bytes) => {
      new DataView(bytes.buffer, bytes.byteOffset).setInt32(bytes.length - 10, 0x7fffffff, true);
      return bytes;
    },
    '',
  ],
  ['junk', () => Buffer.from('no Arrow at all, but some text'), ''],
  ['of the first Feather', () => Buffer.from('FEA1....'), 'it is in version 1 of Feather'],
])('refuses a file that is %s', async (what, damage, sentence) => {
  const file = path.join(folder, `${what}.arrow`);
  fs.writeFileSync(file, damage(arrow.tableToIPC(whole(), 'file')));
  const error = await table(file).then(
    () => new Error('it was read'),
    (one) => one,
  );
  expect(error.message.startsWith(`${file} can't be read as Arrow: ${sentence}`)).toBe(true);
  expect(error.message).not.toContain('\n');
  expect(error.code).toBe('ERR_CORRUPT_FILE');
});

test('refuses a column of lists', async () => {
  const lists = new arrow.Table({ l: arrow.vectorFromArray([[1, 2]]) });
  await expect(table(lists as never)).rejects.toThrow(
    'the Arrow table, column "l": a table can\'t contain values of the type List<',
  );
});

test('refuses metadata that describe more than the file can contain, before apache-arrow follows them', async () => {
  const read = (levels: number) => {
    const file = path.join(folder, `shared-${levels}.arrow`);
    fs.writeFileSync(file, sharedChildren(levels));
    return table(file);
  };
  const nested = /column "": a table can't contain values of the type Struct</; // a small one is followed
  await expect(read(2)).rejects.toThrow(nested);
  await expect(read(40)).rejects.toMatchObject({
    code: 'ERR_CORRUPT_FILE',
    message: expect.stringContaining('its metadata describe more data than they could contain'),
  });
});
