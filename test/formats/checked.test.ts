import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import {
  checkedBytes,
  hasChecksums,
  isWhole,
  openHeader,
  readChecked,
  readHeader,
  saveChecked,
} from '../../lib/formats/checked';
import { withSource } from '../../lib/formats/files';
import type { TensorFile } from '../../lib/formats/safetensors';
import type { Source } from '../../lib/formats/source';
import { folders } from '../support/folders';
import { range } from '../support/numbers';
import { expectRejection } from '../support/refusals';
import { open, withChecksums } from '../support/safetensors';

const newFolder = folders();

const tensor = (data: Float32Array | Float64Array) => ({ shape: [data.length], data });
const file: TensorFile = {
  tensors: new Map([
    ['first', tensor(Float32Array.of(1, 2, 3, 4))],
    ['second', tensor(Float64Array.of(5, 6))],
    ['empty', tensor(new Float32Array(0))],
  ]),
  metadata: { format: 'of a test', words: '"quoted" ü' },
};
/** Numbers with bytes that differ from place to place. */
const long = (length: number) => Float64Array.from({ length }, (_, i) => Math.sin(i));

/** A source of bytes that are given in the order of the requests. */
function sourceOf(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    read: async (at: number, into: Uint8Array) => into.set(bytes.subarray(at, at + into.length)),
  } as Source;
}

async function readAll(source: Source): Promise<Uint8Array> {
  const header = await readHeader(source);
  const { memory } = await readChecked(source, header, () => ({ memory: new Uint8Array(source.size - header.length) }));
  return memory;
}

test('the bytes of a file include the checksums of its header and of its data', () => {
  const bytes = checkedBytes(file);
  const { header, body } = open(bytes);
  const { __metadata__: metadata, ...entries } = header;
  expect(metadata).toEqual({ crc32: expect.stringMatching(/^[0-9a-f]{16}$/), ...file.metadata });
  expect(entries).toEqual({
    first: { dtype: 'F32', shape: [4], data_offsets: [0, 16] },
    second: { dtype: 'F64', shape: [2], data_offsets: [16, 32] },
    empty: { dtype: 'F32', shape: [0], data_offsets: [32, 32] },
  });
  const text = Buffer.from(bytes.subarray(8, bytes.length - body.length)).toString();
  const { crc32: digits } = metadata as { crc32: string };
  expect(bytes).toEqual(withChecksums(text.replace(digits, '0'.repeat(16)), body)); // computed by the test
  expect([...new Float32Array(body.slice(0, 16).buffer)]).toEqual([1, 2, 3, 4]);
  expect([...new Float64Array(body.slice(16).buffer)]).toEqual([5, 6]);
});

test('checksums with leading zeros have eight digits each', () => {
  const found = range(600).map((i) => {
    const bytes = checkedBytes({ tensors: new Map([['x', tensor(Float32Array.of(i))]]), metadata: {} });
    return [(open(bytes).header.__metadata__ as { crc32: string }).crc32, open(bytes).body] as const;
  });
  const short = found.filter(([digits]) => digits.startsWith('0') || digits[8] === '0');
  expect(short.length).toBeGreaterThan(10);
  for (const [digits, body] of found) expect(digits.slice(8)).toBe(crc32(body).toString(16).padStart(8, '0'));
});

test('a file without tensors is valid', async () => {
  const bytes = checkedBytes({ tensors: new Map(), metadata: {} });
  expect(open(bytes).body).toHaveLength(0);
  expect(await readAll(sourceOf(bytes))).toHaveLength(0);
  expect(await isWhole(sourceOf(bytes))).toBe(true);
});

// Pieces have 2 MiB, and two are in flight at a time.
const pieceSize = 2 ** 21 / 8;
describe.each([0, 1, pieceSize - 1, pieceSize, pieceSize + 1, 2 * pieceSize, 3 * pieceSize + 5])(
  'a file of %i numbers',
  (length) => {
    const contents = { tensors: new Map([['x', tensor(long(length))]]), metadata: { format: 'long' } };

    test('is written as bytes, and reads back', async () => {
      const place = path.join(newFolder(), 'file');
      await saveChecked(place, contents);
      const bytes = fs.readFileSync(place);
      expect(bytes.equals(checkedBytes(contents))).toBe(true);
      const data = await withSource('from', place, readAll);
      expect(Buffer.from(data).equals(Buffer.from(contents.tensors.get('x')!.data.buffer))).toBe(true);
    });

    test('is written from data in other buffers, each part once', async () => {
      const place = path.join(newFolder(), 'file');
      const all = new Uint8Array(contents.tensors.get('x')!.data.buffer);
      const parts: [number, number][] = [];
      const copy = (from: number, into: Uint8Array) => {
        parts.push([from, into.length]);
        into.set(all.subarray(from, from + into.length));
      };
      await saveChecked(place, { ...contents, data: { length: all.length, copy } });
      expect(fs.readFileSync(place).equals(checkedBytes(contents))).toBe(true);
      expect(parts.map(([from]) => from)).toEqual(range(Math.ceil(length / pieceSize)).map((i) => 8 * i * pieceSize));
      expect(parts.reduce((sum, [, size]) => sum + size, 0)).toBe(all.length);
    });
  },
);

test('tensors across pieces are copied completely', async () => {
  const place = path.join(newFolder(), 'file');
  const sizes = [3, pieceSize, 5, 2 * pieceSize, 1];
  const tensors = new Map(sizes.map((size, i) => [`t${i}`, tensor(long(size).map((x) => x + i))]));
  await saveChecked(place, { tensors, metadata: {} });
  const { body } = open(fs.readFileSync(place));
  const expected = Buffer.concat([...tensors.values()].map(({ data }) => Buffer.from(data.buffer)));
  expect(Buffer.from(body).equals(expected)).toBe(true);
  expect(Buffer.from(checkedBytes({ tensors, metadata: {} })).equals(fs.readFileSync(place))).toBe(true);
});

test('a view of an array is written without the rest of the array', () => {
  const whole = Float32Array.of(1, 2, 3, 4, 5);
  const { body } = open(checkedBytes({ tensors: new Map([['x', tensor(whole.subarray(1, 3))]]), metadata: {} }));
  expect([...new Float32Array(body.slice().buffer)]).toEqual([2, 3]);
});

describe('a changed byte', () => {
  const bytes = checkedBytes(file);
  const headerLength = bytes.length - open(bytes).body.length;

  test.each(range(bytes.length))('is found at %i', async (at) => {
    const damaged = bytes.slice();
    damaged[at]! ^= 1;
    const reading = readAll(sourceOf(damaged));
    await expectRejection(reading, 'ERR_CORRUPT_FILE');
    expect(await isWhole(sourceOf(damaged))).toBe(false);
  });

  const digitsAt = 8 + '{"__metadata__":{"crc32":"'.length;
  test.each([
    ['of the header', digitsAt + 40, 'its header is damaged'],
    ["of the header's checksum", digitsAt, 'its header is damaged'],
    ["of the data's checksum", digitsAt + 8, 'its data are damaged'],
    ['of the data', headerLength, 'its data are damaged'],
  ])('%s is reported', async (_, at, message) => {
    const damaged = bytes.slice();
    damaged[at]! ^= 1;
    await expect(readAll(sourceOf(damaged))).rejects.toThrow(message);
  });
});

test('a truncated or extended file is incomplete', async () => {
  const bytes = checkedBytes(file);
  for (const length of range(bytes.length)) expect(await isWhole(sourceOf(bytes.subarray(0, length)))).toBe(false);
  expect(await isWhole(sourceOf(new Uint8Array(Buffer.concat([bytes, Buffer.of(0)]))))).toBe(false);
  expect(await isWhole(sourceOf(bytes))).toBe(true);
});

test('a damaged header causes no allocation', async () => {
  const bytes = checkedBytes(file).slice();
  bytes[60]! ^= 1;
  const source = sourceOf(bytes);
  const memoryFor = jest.fn();
  await expectRejection(readChecked(source, await readHeader(source), memoryFor), 'ERR_CORRUPT_FILE');
  expect(memoryFor).not.toHaveBeenCalled();
});

test('errors of allocation and of the source are passed on', async () => {
  const source = sourceOf(checkedBytes(file));
  const header = await readHeader(source);
  const mine = new Error('mine');
  const fails = () => {
    throw mine;
  };
  await expect(readChecked(source, header, fails)).rejects.toBe(mine);
  const broken = { ...source, read: fails } as unknown as Source;
  await expect(readChecked(broken, header, () => ({ memory: new Uint8Array(8) }))).rejects.toBe(mine);
  await expect(isWhole(broken)).rejects.toBe(mine);
});

test('an opened header becomes that of the whole file with the checksum of the data', () => {
  const { header, checksumAt } = openHeader(file);
  const bytes = checkedBytes(file);
  const { body } = open(bytes);
  expect(Buffer.from(header.subarray(checksumAt, checksumAt + 8)).toString()).toBe('00000000');
  header.set(Buffer.from(crc32(body).toString(16).padStart(8, '0')), checksumAt);
  expect(Buffer.concat([header, body]).equals(Buffer.from(bytes))).toBe(true);
});

test('a header with checksums is recognised by its beginning', () => {
  const { header } = openHeader(file);
  expect(hasChecksums(header)).toBe(true);
  for (const at of [8, 20, 33]) {
    const other = header.slice();
    other[at]! ^= 1;
    expect(hasChecksums(other)).toBe(false);
  }
  expect(hasChecksums(header.subarray(0, 20))).toBe(false);
});
