import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { readIDX } from '../../lib/tables/idx';
import fc from '../support/properties';
import { expectRejection } from '../support/refusals';

const folder = path.join(__dirname, '../golden/numbers');
const file = (name: string) => path.join(folder, name);
const expected: Record<string, { shape: number[]; data: number[] }> = JSON.parse(
  fs.readFileSync(file('expected.json'), 'utf8'),
);

const classes = { 8: Uint8Array, 9: Int8Array, 11: Int16Array, 12: Int32Array, 13: Float32Array, 14: Float64Array };

test.each(Object.entries(classes))('reads a file of the type %s', async (code, Class) => {
  const { shape, data } = await readIDX(file(`${code}.idx`));
  const golden = expected[`${code}.idx`]!;
  expect(shape).toEqual(golden.shape);
  expect(data).toEqual(Class.from(golden.data));
});

test('reads gzip', async () => {
  expect(await readIDX(file('8.idx.gz'))).toEqual(await readIDX(file('8.idx')));
});

const header = (code: number, shape: readonly number[]) => {
  const sides = Buffer.alloc(4 * shape.length);
  for (const [i, side] of shape.entries()) sides.writeUInt32BE(side, 4 * i);
  return Buffer.concat([Buffer.of(0, 0, code, shape.length), sides]);
};

test('reads back what a plain writer wrote', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      fc.boolean(),
      async (numbers, zips) => {
        const data = Buffer.alloc(4 * numbers.length);
        for (const [i, x] of numbers.entries()) data.writeInt32BE(x, 4 * i);
        const bytes = Buffer.concat([header(12, [1, numbers.length]), data]);
        const read = await readIDX(zips ? gzipSync(bytes) : bytes);
        expect(read).toEqual({ shape: [1, numbers.length], data: Int32Array.from(numbers) });
      },
    ),
  ));

describe('refuses, in one sentence,', () => {
  const whole = fs.readFileSync(file('14.idx'));
  test.each<[string, Uint8Array, string]>([
    ['an empty one', new Uint8Array(), 'cut off'],
    ['one truncated in its header', whole.subarray(0, 10), 'cut off'],
    ['one truncated in its numbers', whole.subarray(0, -1), 'but the file is shorter'],
    ['one truncated in its gzip', gzipSync(whole).subarray(0, -20), 'cut off'],
    ['one with additional bytes', Buffer.concat([whole, Buffer.of(0)]), 'more bytes'],
    ['another magic', Buffer.of(1, 0, 8, 0), 'two zero bytes'],
    ['another type', header(10, [1]), 'its type of numbers is 10'],
    ['a claim of 10 GB', Buffer.concat([header(14, [1250, 1000, 1000]), Buffer.alloc(1000)]), '[1250, 1000, 1000]'],
    ['255 dimensions of 4 G', header(8, new Array(255).fill(2 ** 32 - 1)), 'but the file is shorter'],
  ])('%s', async (_, bytes, part) => {
    await expectRejection(readIDX(bytes), 'ERR_CORRUPT_FILE', "can't read the bytes as an IDX file: ", part);
  });

  test('a file on the disk, by its name', async () => {
    await expectRejection(readIDX(file('b1.npy')), 'ERR_CORRUPT_FILE', file('b1.npy'), 'two zero bytes');
  });
});
