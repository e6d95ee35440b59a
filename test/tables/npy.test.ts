import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { types } from 'node:util';
import { gzipSync } from 'node:zlib';
import { readNpy } from '../../lib/tables/npy';
import fc from '../support/properties';
import { expectRejection } from '../support/refusals';

const folder = path.join(__dirname, '../golden/numbers');
const file = (name: string) => path.join(folder, name);
const expected: Record<string, { shape: number[]; fortranOrder: boolean; data: unknown[] }> = JSON.parse(
  fs.readFileSync(file('expected.json'), 'utf8'),
);
const names = Object.keys(expected).filter((name) => name.endsWith('.npy'));

/** Numbers in the form of the golden file. */
const plain = (data: Iterable<number | bigint>, isBoolean: boolean) =>
  Array.from(data, (x) => {
    if (isBoolean) return x === 1;
    if (typeof x === 'bigint') return String(x);
    return Number.isFinite(x) ? x : String(x).replace('NaN', 'nan').replace('Infinity', 'inf');
  });

const classOf: Record<string, keyof typeof types> = {
  b1: 'isUint8Array',
  f2: 'isFloat32Array',
  f4: 'isFloat32Array',
  f8: 'isFloat64Array',
  i1: 'isInt8Array',
  i2: 'isInt16Array',
  i4: 'isInt32Array',
  i8: 'isBigInt64Array',
  u1: 'isUint8Array',
  u2: 'isUint16Array',
  u4: 'isUint32Array',
  u8: 'isBigUint64Array',
};

test('the fixtures cover all types, in both byte orders', () => {
  expect(names).toHaveLength(3 + 2 * 9 + 5 - 0);
});

test.each(names)('reads %s as NumPy does', async (name) => {
  const { shape, data, fortranOrder } = await readNpy(file(name));
  const golden = expected[name]!;
  expect({ shape, fortranOrder }).toEqual({ shape: golden.shape, fortranOrder: golden.fortranOrder });
  expect(plain(data, name === 'b1.npy')).toEqual(golden.data);
  const kind = name.slice(0, 2);
  if (kind in classOf) expect((types[classOf[kind]!] as (x: unknown) => boolean)(data)).toBe(true);
});

test('reads bytes, URLs and gzip, and leaves the bytes unchanged', async () => {
  const bytes = fs.readFileSync(file('f8_big.npy'));
  const before = Buffer.from(bytes);
  const direct = await readNpy(bytes);
  expect(bytes.equals(before)).toBe(true);
  expect(await readNpy(pathToFileURL(file('f8_big.npy')))).toEqual(direct);
  expect(await readNpy(gzipSync(bytes))).toEqual(direct);
  const { data } = await readNpy(file('thousand.npy.gz'));
  expect(data).toEqual(BigInt64Array.from({ length: 1000 }, (_, i) => BigInt(i)));
});

/** A plain writer. */
function npy(dict: string, data: Uint8Array = new Uint8Array(), version = 1, headerLength = dict.length): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  length.writeUIntLE(headerLength, 0, length.length);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.of(version, 0), length, Buffer.from(dict), data]);
}
const dict = (descr: string, shape: string, order = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }\n`;

test('reads back what a plain writer wrote', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.double()),
      fc.constantFrom('<', '>'),
      fc.integer({ min: 1, max: 3 }),
      async (numbers, order, version) => {
        const data = Buffer.alloc(8 * numbers.length);
        for (const [i, x] of numbers.entries())
          if (order === '<') data.writeDoubleLE(x, 8 * i);
          else data.writeDoubleBE(x, 8 * i);
        const read = await readNpy(npy(dict(`${order}f8`, `(${numbers.length},)`), data, version));
        expect([...(read.data as Float64Array)]).toEqual(numbers);
        expect(read.shape).toEqual([numbers.length]);
      },
    ),
  ));

test('accepts keys in any order, with other quotation marks and spaces', async () => {
  const text = `{"shape":(2L, 1 ),"fortran_order" : True , "descr":"|u1"}`;
  expect(await readNpy(npy(text, Uint8Array.of(3, 4)))).toEqual({
    shape: [2, 1],
    data: Uint8Array.of(3, 4),
    fortranOrder: true,
  });
});

describe('refuses, in one sentence with the name of the file:', () => {
  test.each([
    ['text.npy', 'dtype is "<U2"'],
    ['complex.npy', 'dtype is "<c16"'],
    ['objects.npy', 'Python objects'],
    ['fields.npy', 'structured dtype'],
    ['archive.npz', 'zip file (.npz)'],
    ['one.libsvm', 'does not begin as one'],
  ])('%s', async (name, part) => {
    await expectRejection(readNpy(file(name)), 'ERR_CORRUPT_FILE', `can't read ${file(name)} as an .npy file: `, part);
  });

  const whole = fs.readFileSync(file('f4_little.npy'));
  test.each<[string, Uint8Array, string]>([
    ['an empty one', new Uint8Array(), 'cut off'],
    ['one truncated in its magic', whole.subarray(0, 5), 'cut off'],
    ['one truncated in its header', whole.subarray(0, 60), 'cut off'],
    ['one truncated in its numbers', whole.subarray(0, -1), 'but the file is shorter'],
    ['one truncated in its gzip', gzipSync(whole).subarray(0, -20), 'cut off'],
    ['one whose gzip is damaged', damaged(gzipSync(whole)), 'gzip is damaged'],
    ['one with additional bytes', Buffer.concat([whole, Buffer.of(1)]), 'more bytes'],
    ['version 4', npy(dict('<f4', '()'), Buffer.alloc(4), 4), 'its version of the format is 4'],
    ['version 0', npy(dict('<f4', '()'), Buffer.alloc(4), 0), 'its version of the format is 0'],
    ['a claim of 10 GB', npy(dict('<f8', '(1250000000,)'), Buffer.alloc(1000)), '[1250000000]'],
    ['a claim of 10 GB in gzip', gzipSync(npy(dict('<f8', '(1250000000,)'), Buffer.alloc(1000))), '[1250000000]'],
    ['a claim beyond all numbers', npy(dict('<f8', `(${'9'.repeat(15)}, ${'9'.repeat(300)})`)), 'shape is'],
    [
      'sides whose product is too large',
      npy(dict('<f8', `(${'9'.repeat(15)}, ${'9'.repeat(15)})`)),
      'but the file is shorter',
    ],
    ['a header of 4 GB', npy('{', undefined, 2, 2 ** 32 - 1), 'header would have 4294967295 bytes'],
    ['no dictionary', npy('[]'), 'header is not valid: "[]"'],
    ['no shape', npy(`{'descr': '<f4', 'fortran_order': False}`), 'header is not valid'],
    ['a negative side', npy(dict('<f4', '(-1,)')), 'header is not valid'],
    ['a name of an object', npy(dict('<toString', '(1,)')), 'dtype is'],
    ['no order of bytes', npy(dict('f4', '(1,)'), Buffer.alloc(4)), 'dtype is'],
  ])('%s', async (_, bytes, part) => {
    await expectRejection(readNpy(bytes), 'ERR_CORRUPT_FILE', "can't read the bytes as an .npy file: ", part);
  });

  test('a header of a hundred thousand sides, with a message of less than 400 characters', async () => {
    for (const shape of ['9,'.repeat(100_000), `${'9'.repeat(400)},`.repeat(300)]) {
      const error = await readNpy(npy(dict('<f4', `(${shape})`), Buffer.alloc(4), 2)).catch((refusal) => refusal);
      expect(error).toMatchObject({ code: 'ERR_CORRUPT_FILE' });
      expect(error.message.length).toBeLessThan(400);
    }
  });

  test('a folder, a missing file, and values that are no path', async () => {
    await expectRejection(readNpy(folder), 'ERR_FILE', folder);
    await expectRejection(readNpy(file('none.npy')), 'ERR_FILE', 'none.npy', 'no such file');
    for (const from of [7, null, '', new Float32Array(2)])
      await expectRejection(readNpy(from as never), 'ERR_INVALID_ARGUMENT', 'from');
  });

  test('any truncated or corrupted file, without garbage or a hang', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), async (at, byte, isCut) => {
        const bytes = isCut ? whole.subarray(0, at) : Buffer.from(whole);
        if (!isCut) bytes[at] = byte;
        const outcome = await readNpy(bytes).catch((error: { code: string }) => error.code);
        if (isCut || typeof outcome === 'string') expect(outcome).toBe('ERR_CORRUPT_FILE');
      }),
    ));
});

function damaged(bytes: Buffer): Buffer {
  bytes[bytes.length - 6]! ^= 1; // of the checksum
  return bytes;
}
