import { FeatureHasher, type HashableExample, type HashingOptions, hashFeatures } from '../../lib/data/hashing';
import type { Sparse } from '../../lib/data/sparse';
import golden from '../golden/hashing.json';
import { range } from '../support/numbers';
import fc from '../support/properties';
import { expectRefusal } from '../support/refusals';

/** A plain reference of MurmurHash3, as described by its author, over bytes and with BigInts. */
function murmur(bytes: Uint8Array, seed: number): number {
  const [word, mask] = [(n: bigint) => BigInt.asUintN(32, n), 0xffffffffn];
  const rotated = (n: bigint, by: bigint) => word((n << by) | ((n & mask) >> (32n - by)));
  const scrambled = (n: bigint) => word(rotated(word(n * 0xcc9e2d51n), 15n) * 0x1b873593n);
  let hash = BigInt(seed);
  const whole = bytes.length - (bytes.length % 4);
  const block = (begin: number, end: number) =>
    bytes.slice(begin, end).reduce((sum, byte, i) => sum | (BigInt(byte) << BigInt(8 * i)), 0n);
  for (let i = 0; i < whole; i += 4) hash = word(rotated(hash ^ scrambled(block(i, i + 4)), 13n) * 5n + 0xe6546b64n);
  hash ^= scrambled(block(whole, bytes.length)) ^ BigInt(bytes.length);
  hash = word((hash ^ (hash >> 16n)) * 0x85ebca6bn);
  hash = word((hash ^ (hash >> 13n)) * 0xc2b2ae35n);
  return Number(BigInt.asIntN(32, hash ^ (hash >> 16n)));
}

const hashOf = (text: string, seed = 0) => murmur(new TextEncoder().encode(text), seed);
const pairOf = (first: number, second: number, seed = 0) =>
  murmur(new Uint8Array(Int32Array.of(first, second).buffer), seed);

/** The entries of features given by hashes and values, summed by column. */
function entriesOf(features: [hash: number, value: number][], columns: number, signed = true): Map<number, number> {
  const sums = new Map<number, number>();
  for (const [hash, value] of features) {
    const column = Math.abs(hash) % columns;
    sums.set(column, (sums.get(column) ?? 0) + (signed && hash < 0 ? -value : value));
  }
  return sums;
}

function rowOf(table: Sparse, row = 0): Map<number, number> {
  const { indices, values } = table.row(row);
  return new Map([...indices].map((column, k) => [column, values[k]!]));
}

const hashed = (example: HashableExample, options?: HashingOptions) => rowOf(hashFeatures([example], options));

const columns = 2 ** 31 - 1; // columns reveal hashes

describe('hashed features', () => {
  test('follow scikit-learn in column and sign', () => {
    for (const { columns, signed, rows } of golden.tables) {
      const table = hashFeatures(golden.examples as unknown as HashableExample[], { columns, signed });
      for (const [i, { indices, values }] of rows.entries()) {
        const { indices: ours, values: oursValues } = table.row(i);
        expect([...ours]).toEqual(indices);
        for (const [k, value] of values.entries()) expect(oursValues[k]).toBeCloseTo(value, 5);
      }
    }
  });

  test('are hashed as scikit-learn does, with any seed', () => {
    for (const { name, seed, hash } of golden.hashes) {
      expect(hashOf(name, seed)).toBe(hash);
      expect(hashed([name], { columns, seed })).toEqual(entriesOf([[hash, 1]], columns));
    }
  });

  test('equal those of the plain reference, for any strings', () => {
    const text = fc.string({
      unit: fc.oneof(fc.constantFrom('a', '=', 'z', '\x7f'), fc.constantFrom('é', '\x80', '語', '🙂')),
      maxLength: 40,
    });
    fc.assert(
      fc.property(
        text,
        text,
        fc.nat(2 ** 32 - 1),
        fc.integer({ min: 1, max: 2 ** 31 - 1 }),
        (name, value, seed, columns) => {
          expect(hashed([name], { columns, seed })).toEqual(entriesOf([[hashOf(name, seed), 1]], columns));
          expect(hashed([[name, value]], { columns, seed })).toEqual(
            entriesOf([[hashOf(`${name}=${value}`, seed), 1]], columns),
          );
        },
      ),
    );
  });

  test('treat lone surrogates as the replacement character, as UTF-8 does', () => {
    expect(hashed(['a\ud800b'], { columns })).toEqual(entriesOf([[hashOf('a\ufffdb'), 1]], columns));
  });

  test('are numbers, strings and booleans, in any form', () => {
    const expected = entriesOf(
      [
        [hashOf('price'), 9.5],
        [hashOf('colour=red'), 1],
        [hashOf('isNew'), 1],
      ],
      columns,
    );
    const object = { price: 9.5, colour: 'red', isNew: true, isOld: false, count: 0 };
    expect(hashed(object, { columns })).toEqual(expected);
    expect(hashed(Object.entries(object), { columns })).toEqual(expected);
    expect(hashed([['price', 9.5], 'colour=red', 'isNew'], { columns })).toEqual(expected);
    expect(hashed(Object.assign(Object.create(null), object), { columns })).toEqual(expected);
  });

  test('of a namespace start from its hash', () => {
    const user = hashOf('user', 3);
    const expected = entriesOf(
      [
        [hashOf('id=17', user), 1],
        [hashOf('age', user), 33],
        [hashOf('age', 3), 5],
      ],
      columns,
    );
    expect(hashed({ user: { id: '17', age: 33 }, age: 5 }, { columns, seed: 3 })).toEqual(expected);
    expect(hashed({ user: ['id=17', ['age', 33]], age: 5 }, { columns, seed: 3 })).toEqual(expected);
  });

  test('are crossed in pairs', () => {
    const [user, ad] = [hashOf('user', 9), hashOf('ad', 9)];
    const [id, age, sport, hour] = [
      hashOf('id=1', user),
      hashOf('age', user),
      hashOf('sport', ad),
      hashOf('hour=7', 9),
    ];
    const single: [number, number][] = [
      [id, 1],
      [age, 33],
      [sport, 2],
      [hour, 1],
    ];
    const example = { user: { id: '1', age: 33 }, ad: [['sport', 2] as const], hour: '7', other: ['x'] };
    const other: [number, number] = [hashOf('x', hashOf('other', 9)), 1];
    const crossed = (crosses: [string, string][]) => hashed(example, { columns, seed: 9, crosses });
    const cross = (...pairs: [number, number, number][]) =>
      entriesOf(
        [...single, other, ...pairs.map(([a, b, value]): [number, number] => [pairOf(a, b, 9), value])],
        columns,
      );
    expect(crossed([])).toEqual(cross());
    expect(crossed([['user', 'ad']])).toEqual(cross([id, sport, 2], [age, sport, 66]));
    expect(crossed([['ad', 'user']])).toEqual(cross([sport, id, 2], [sport, age, 66]));
    expect(
      crossed([
        ['user', 'user'],
        ['hour', 'ad'],
      ]),
    ).toEqual(cross([id, age, 33], [hour, sport, 2]));
    expect(crossed([['user', 'nothing']])).toEqual(cross());
  });

  test('are not crossed with features of the previous example', () => {
    const table = hashFeatures([{ a: ['x'], b: ['y'] }, { a: ['x'] }, { b: ['y'] }], { crosses: [['a', 'b']] });
    expect(range(3).map((i) => table.row(i).indices.length)).toEqual([3, 1, 1]);
  });

  test('are signed by default', () => {
    const names = range(100).map((i) => `word${i}`);
    const signs = [...hashed(names, { columns }).values()];
    expect(signs.filter((value) => value < 0).length).toBeGreaterThan(30);
    expect([...hashed(names, { columns, signed: false }).values()].every((value) => value === 1)).toBe(true);
  });

  test('are summed if they share a column', () => {
    expect(hashed(['a', 'a', ['a', 0.5]], { columns, signed: false })).toEqual(new Map([[hashOf('a'), 2.5]]));
    expect(hashed(range(50).map(String), { columns: 1, signed: false })).toEqual(new Map([[0, 50]]));
  });

  test('spread evenly', () => {
    const table = hashFeatures([range(64_000).map((i) => `word${i}`)], { columns: 64, signed: false });
    const chiSquare = [...table.row(0).values].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(63 + 6 * Math.sqrt(2 * 63));
  });

  test('have 2²⁰ columns, seed 0 and signs by default', () => {
    expect(hashFeatures([['a']]).columns).toBe(2 ** 20);
    const example = { a: 1, b: '2', c: ['d'] };
    expect(hashed(example, {})).toEqual(hashed(example, { columns: 2 ** 20, seed: 0, signed: true, crosses: [] }));
    expect(hashed(example, { columns: undefined, seed: undefined, signed: undefined, crosses: undefined })).toEqual(
      hashed(example),
    );
  });

  test('accept any iterable', () => {
    function* examples(): Generator<HashableExample> {
      yield ['a'];
      yield { b: 2 };
    }
    expect(hashFeatures(examples()).rows).toBe(2);
  });

  test('of long names are hashed completely', () => {
    const long = 'x'.repeat(100_000);
    for (const name of [long, `${long}é`])
      expect(hashed([[name, 'y']], { columns })).toEqual(entriesOf([[hashOf(`${name}=y`), 1]], columns));
  });
});

describe('a feature hasher', () => {
  test('gives the results of hashing many at once, and begins anew', () => {
    const examples: HashableExample[] = range(300).map((i) => ({
      user: `u${i}`,
      words: [`a${i % 7}`, ['b', i]],
      x: i / 3,
    }));
    const options = { columns: 1000, seed: 5, crosses: [['user', 'words']] as [string, string][] };
    const whole = hashFeatures(examples, options);
    const hasher = new FeatureHasher(options);
    for (const example of examples.slice(0, 200)) hasher.add(example);
    expect(hasher.rows).toBe(200);
    const first = hasher.build();
    const rest = examples.slice(200).map((example) => hasher.add(example).build());
    for (const i of range(300)) expect(rowOf(whole, i)).toEqual(i < 200 ? rowOf(first, i) : rowOf(rest[i - 200]!));
    expectRefusal(() => hasher.build(), 'ERR_SHAPE', 'no rows');
  });

  test('adds no row that it refuses', () => {
    const hasher = new FeatureHasher({ columns, crosses: [['a', 'b']] });
    hasher.add(['x']);
    const refuse = (example: unknown, ...names: string[]) =>
      expectRefusal(() => hasher.add(example as HashableExample), 'ERR_INVALID_ARGUMENT', 'row 1', ...names);
    for (const example of [undefined, null, 5, 'text', new Map([['a', 1]]), new Set(['a'])])
      refuse(example, 'plain object');
    for (const value of [null, undefined, 1n, Symbol.iterator])
      refuse([['y', value]], '"y"', 'a number, a string or a boolean');
    for (const value of [null, undefined, 1n]) refuse({ a: ['x'], y: value }, '"y"');
    for (const feature of [5, null, ['y'], ['y', 1, 2], [1, 2], {}]) refuse([feature], 'feature');
    refuse({ a: new Map([['y', 1]]) }, 'Map');
    refuse({ a: { b: { c: 1 } } }, '"b"');
    for (const value of [NaN, Infinity, 1e39])
      expectRefusal(() => hasher.add({ a: ['x'], y: value }), 'ERR_NON_FINITE', '"y" of row 1', String(value));
    expectRefusal(() => hasher.add({ a: 1e30, b: 1e30 }), 'ERR_NON_FINITE', 'row 1', 'product');
    expect(hasher.rows).toBe(1);
    hasher.add({ b: ['z'] });
    expect(rowOf(hasher.build(), 1).size).toBe(1);
  });

  test('checks its options', () => {
    const made = (options: unknown) => () => new FeatureHasher(options as HashingOptions);
    for (const width of [0, -1, 1.5, 2 ** 31]) expectRefusal(made({ columns: width }), 'ERR_OUT_OF_RANGE', 'columns');
    for (const seed of [-1, 0.5, 2 ** 32]) expectRefusal(made({ seed }), 'ERR_OUT_OF_RANGE', 'seed');
    expectRefusal(made({ signed: 1 }), 'ERR_INVALID_ARGUMENT', 'signed', '1');
    expectRefusal(made({ crosses: 'ab' }), 'ERR_INVALID_ARGUMENT', 'crosses', '"ab"');
    for (const cross of ['ab', ['a'], ['a', 1], ['a', 'b', 'c']])
      expectRefusal(made({ crosses: [['a', 'b'], cross] }), 'ERR_INVALID_ARGUMENT', 'crosses[1]');
    expectRefusal(made({ colums: 5 }), 'ERR_INVALID_ARGUMENT', 'FeatureHasher', 'Did you mean "columns"?');
    expectRefusal(() => hashFeatures([['a']], { sead: 1 } as never), 'ERR_INVALID_ARGUMENT', 'hashFeatures', '"seed"');
  });

  test('requires examples', () => {
    expectRefusal(() => hashFeatures([]), 'ERR_SHAPE', 'examples', 'empty');
    for (const examples of [undefined, null, 5, 'text', {}])
      expectRefusal(() => hashFeatures(examples as never), 'ERR_INVALID_ARGUMENT', 'examples');
  });
});
