import { GrowingBytes } from '../../lib/http/growing_bytes';
import { BufferPool } from '../../lib/tables/serving/buffer_pool';
import fc from '../support/properties';

const mebibyte = 2 ** 20;

test('bytes that arrive in pieces are kept, also in reused memory', () => {
  const pool = new BufferPool();
  const sizes = fc.array(fc.nat(70_000), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.array(sizes, { maxLength: 5 }), (bodies) => {
      const given = bodies.map((pieces, body) => pieces.map((length, i) => Buffer.alloc(length, 1 + 16 * body + i)));
      const all = given.map((pieces) => {
        const bytes = new GrowingBytes(mebibyte, pool);
        for (const piece of pieces) {
          const expected = bytes.capacityWith(piece.length);
          bytes.add(piece);
          expect(bytes.capacity).toBe(expected);
        }
        return bytes;
      });
      for (const [i, bytes] of all.entries()) expect(bytes.bytes().equals(Buffer.concat(given[i]!))).toBe(true);
      for (const bytes of all) bytes.clear();
    }),
    { numRuns: 50 },
  );
});

test('reserves less than twice the received bytes, and never more than the limit', () => {
  const bytes = new GrowingBytes(100_000, new BufferPool());
  for (let length = 1000; length <= 100_000; length += 1000) {
    bytes.add(Buffer.alloc(1000));
    expect(bytes.length).toBe(length);
    expect(bytes.capacity).toBeLessThan(2 * length);
    expect(bytes.capacity).toBeLessThanOrEqual(100_000);
  }
});

test('reuses returned memory, and no other', () => {
  const pool = new BufferPool();
  const filled = () => {
    const bytes = new GrowingBytes(mebibyte, pool);
    for (let i = 0; i < 16; ++i) bytes.add(Buffer.alloc(50_000, i));
    return bytes;
  };
  const [one, other] = [filled(), filled()];
  expect(one.bytes().buffer).not.toBe(other.bytes().buffer);
  const memory = one.bytes().buffer;
  one.clear();
  expect(one.length).toBe(0);
  one.clear(); // has nothing more to give
  const [next, last] = [filled(), filled()];
  expect(next.bytes().buffer).toBe(memory);
  expect(new Set([other, next, last].map((bytes) => bytes.bytes().buffer)).size).toBe(3);
});

test('a pool keeps 16 MiB', () => {
  const pool = new BufferPool();
  const taken = () => Array.from({ length: 20 }, () => pool.take(mebibyte));
  const given = new Set(taken());
  for (const buffer of given) pool.give(buffer);
  const again = taken();
  expect(again.filter((buffer) => given.has(buffer))).toHaveLength(16);
  expect(new Set(again).size).toBe(20);
});
