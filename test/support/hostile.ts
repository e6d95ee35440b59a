import vm from 'node:vm';
import { detach, growable, resizable } from './buffers';

/** The user's error that getters and traps of hostile values throw. It must reach the user unchanged. */
export class UserError extends Error {}

const thrower = (): never => {
  throw new UserError('thrown by the user');
};

/** A proxy of an array with a length that changes on each read. */
function changingLength(items: unknown[], lengths: readonly unknown[]): unknown {
  let looks = 0;
  return new Proxy(items, {
    get: (target, key) =>
      key === 'length' ? lengths[Math.min(looks++, lengths.length - 1)] : Reflect.get(target, key),
  });
}

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

class LongFloats extends Float32Array {
  override get length(): number {
    return 1e6;
  }
  override get byteLength(): number {
    return 4e6;
  }
}

class OtherSpecies extends Float32Array {
  static get [Symbol.species](): never {
    return thrower();
  }
}

const ownConstructor = Object.defineProperty(new Float32Array(4), 'constructor', { value: () => 'no constructor' });

function outOfBounds(): Float32Array {
  const view = resizable(Float32Array, 4);
  (view.buffer as unknown as { resize(size: number): void }).resize(0);
  return view;
}

function nested(depth: number, wrap: (inner: unknown) => unknown, core: unknown): unknown {
  let value = core;
  for (let i = 0; i < depth; ++i) value = wrap(value);
  return value;
}

const deep = 20_000;

/** Functions that make hostile values for arguments. */
export const hostileValues: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  NaN: () => NaN,
  '−0': () => -0,
  '−1': () => -1,
  '½': () => 0.5,
  '3': () => 3,
  '2⁵³': () => 2 ** 53,
  '2⁵³ − 1': () => 2 ** 53 - 1,
  '2³¹': () => 2 ** 31,
  Infinity: () => Infinity,
  'a denormal number': () => 5e-324,
  'an empty string': () => '',
  'a name that all objects have': () => 'toString',
  __proto__: () => '__proto__',
  'a very long string': () => 'x'.repeat(1e6),
  'a lone surrogate': () => '\ud800',
  'a symbol': () => Symbol('s'),
  'a symbol without a description': () => Symbol(),
  'a bigint': () => 10n,
  'a function': () => thrower,
  'a class': () => class Strange {},
  'an empty array': () => [],
  'an array with a hole': () => Object.assign(new Array(2), { 1: 4 }),
  'an array of holes only': () => new Array(3),
  'an array of a symbol': () => [Symbol('s')],
  'an array of bigints': () => [1n, 2n],
  'an array of arrays of holes': () => [new Array(2), new Array(2)],
  'an array of null': () => [null],
  'an array of itself': () => {
    const array: unknown[] = [];
    array.push(array);
    return array;
  },
  'an array with a getter that throws': () => Object.defineProperty([1, 2], 1, { get: thrower }),
  'an array with an iterator that throws': () => Object.defineProperty([1, 2], Symbol.iterator, { value: thrower }),
  'an array with its own iterator': () =>
    Object.defineProperty([1, 2], Symbol.iterator, {
      *value() {
        for (;;) yield Symbol('endless');
      },
    }),
  'an array without methods': () => Object.setPrototypeOf([1, 2], null),
  'an array of another realm': () => vm.runInNewContext('[1, 2]'),
  'a frozen array': () => Object.freeze([1, 2]),
  'an array of very many': () => changingLength([], [2 ** 32 - 1]),
  'a proxy that grows': () => changingLength([1, 2, 3, 4], [2, 4]),
  'a proxy that shrinks': () => changingLength([1, 2], [4, 2, 0]),
  'a proxy of a negative length': () => changingLength([1], [-1]),
  'a proxy with a symbol as its length': () => changingLength([1], [Symbol('length')]),
  'a proxy with NaN as its length': () => changingLength([1], [NaN]),
  'a proxy of symbols': () => new Proxy([1, 2], { get: (_, key) => (key === 'length' ? 2 : Symbol(String(key))) }),
  'a proxy that throws': () => new Proxy({}, { get: thrower, has: thrower, ownKeys: thrower, getPrototypeOf: thrower }),
  'an array that throws': () => new Proxy([1], { get: thrower }),
  'a revoked proxy of an object': () => revoked({}),
  'a revoked proxy of an array': () => revoked([]),
  'an array of a revoked proxy': () => [revoked({})],
  'an object': () => ({}),
  'an object without a prototype': () => Object.create(null),
  'a frozen object': () => Object.freeze({ name: 'frozen' }),
  'an object with every name': () => ({ name: Symbol('name'), kind: Symbol('kind'), rule: Symbol('rule'), length: 2 }),
  'an object with the name __proto__': () => ({ name: '__proto__', kind: '__proto__' }),
  'an object with the name toString': () => ({ name: 'toString', kind: 'constructor' }),
  'an object that throws as a string': () => ({ toString: thrower, valueOf: thrower, [Symbol.toPrimitive]: thrower }),
  'an object with a tag that throws': () =>
    Object.defineProperty({}, Symbol.toStringTag, {
      get: thrower,
    }),
  'an object with a strange tag': () => ({ [Symbol.toStringTag]: 'A\n'.repeat(1e5) }),
  'an object with getters that throw': () =>
    Object.defineProperties(
      {},
      Object.fromEntries(['name', 'kind', 'rule', 'data'].map((key) => [key, { get: thrower, enumerable: true }])),
    ),
  'an array-like object': () => ({ length: 2, 0: 1, 1: 2 }),
  'an array-like object of a hostile length': () => ({ length: Symbol('length') }),
  'a date': () => new Date(NaN),
  'a map': () => new Map([[1, 2]]),
  'a promise': () => Promise.resolve(1),
  'an instance of a class': () => new (class Options {})(),
  'a DataView': () => new DataView(new ArrayBuffer(8)),
  'an ArrayBuffer': () => new ArrayBuffer(8),
  'an empty Float32Array': () => new Float32Array(0),
  'a Float32Array': () => new Float32Array([1, 2, 3, 4]),
  'a Float64Array': () => new Float64Array([1, 2]),
  'a Float32Array of NaN': () => new Float32Array([NaN, 1]),
  'a Uint16Array': () => new Uint16Array(4),
  'a BigInt64Array': () => new BigInt64Array(2),
  'a detached Float32Array': () => detach(new Float32Array(4)),
  'a detached Float64Array': () => detach(new Float64Array(4)),
  'a detached Uint32Array': () => detach(new Uint32Array(4)),
  'an array of detached arrays': () => [detach(new Float32Array(4)), detach(new Float32Array(4))],
  'a view beyond its buffer': outOfBounds,
  'an array in a growable buffer': () => growable(Float32Array, 4),
  'a subclass with a wrong length': () => new LongFloats(4),
  'a subclass of another species': () => new OtherSpecies(4),
  'an array with its own constructor': () => ownConstructor,
  'a Float32Array of another realm': () => vm.runInNewContext('new Float32Array([1, 2, 3, 4])'),
  'a proxy of a Float32Array': () => new Proxy(new Float32Array(4), {}),
  'a Float32Array with its own prototype': () => Object.setPrototypeOf(new Float32Array(4), {}),
  'an array nested deeply': () => nested(deep, (inner) => [inner], 1),
  'an object nested deeply': () => nested(deep, (inner) => ({ name: 'inner', inner }), 1),
  'layers nested deeply': () => nested(deep, (inner) => ({ kind: 'residual', layers: [inner] }), { kind: 'flatten' }),
  'a list of layers nested deeply': () =>
    nested(deep, (inner) => [{ kind: 'parallel', branches: [inner] }], [{ kind: 'flatten' }]),
  'a schedule nested deeply': () =>
    nested(deep, (inner) => ({ name: 'scale', schedule: inner, by: 1 }), { name: 'constant', value: 0.1 }),
  'a rule nested deeply': () =>
    nested(deep / 2, (inner) => ({ name: 'lookahead', rule: { name: 'sam', rule: inner } }), { name: 'sgd' }),
};

export type Path = readonly (string | number)[];

const isBranch = (value: unknown): value is Record<string, unknown> =>
  value !== null &&
  typeof value === 'object' &&
  (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);

/** The paths of all values in a tree of arrays and plain objects. Arrays count with their first and last element. */
export function pathsIn(tree: unknown, path: Path = []): Path[] {
  if (!isBranch(tree)) return [path];
  const keys: (string | number)[] = Array.isArray(tree)
    ? [...new Set([0, tree.length - 1])].filter((i) => i >= 0)
    : Object.keys(tree);
  return [path, ...keys.flatMap((key) => pathsIn(tree[key], [...path, key]))];
}

/** A copy of the tree with another value at a path. */
export function withValue(tree: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(tree) ? [...tree] : { ...(tree as object) }) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}

export function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], tree);
}

/** A copy of the tree with a getter at a path. The getter gets the original value, and the number of earlier reads. */
export function withGetter(tree: unknown, path: Path, get: (given: unknown, times: number) => unknown): unknown {
  const given = valueAt(tree, path);
  const [parent, key] = [path.slice(0, -1), path.at(-1)!];
  const copy = withValue(tree, path, given); // new objects along the path
  let times = 0;
  Object.defineProperty(valueAt(copy, parent), key, {
    get: () => get(given, ++times),
    enumerable: true,
    configurable: true,
  });
  return copy;
}
