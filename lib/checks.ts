import { types } from 'node:util';
import { errorWith } from './errors.js';

/** An option that is `undefined` means its default; null doesn't. */
export function orDefault<T>(value: T | undefined, fallback: T): T {
  return value === undefined ? fallback : value;
}

/** Whether a value is an object, and not a proxy whose handler is gone: nothing can be asked of that. */
export function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !isRevoked(value);
}

/** `Array.isArray`, for revoked proxies too. */
export function isArray(value: unknown): value is readonly unknown[] {
  return isObject(value) && Array.isArray(value);
}

/** `Array.isArray` runs no trap of a proxy, and throws where there is no handler. */
function isRevoked(value: object): boolean {
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

/** A text as in JSON, its middle left out where it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 60)}…${text.slice(-19)}`);
}

/** How a value is shown in a message: short, and telling strings from numbers. No value makes it throw. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return String(value).length <= 80 ? String(value) : 'a symbol';
  if (typeof value === 'bigint') return value < 1e20 && value > -1e20 ? `${value}n` : 'a large bigint';
  if (value === null || typeof value !== 'object') return Object.is(value, -0) ? '-0' : String(value);
  if (isRevoked(value)) return 'a revoked Proxy';
  if (types.isProxy(value)) return Array.isArray(value) ? 'a Proxy of an array' : 'a Proxy';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  const name = tagOf(value);
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** `Uint8Array`, `Map`, `Object`; whatever getters say that is no word is an `Object`. */
function tagOf(value: object): string {
  try {
    const name = Object.prototype.toString.call(value).slice(8, -1);
    return name.length <= 40 && /^\w+$/.test(name) ? name : 'Object';
  } catch {
    return 'Object';
  }
}

export function invalid(name: string, expected: string, value: unknown): Error {
  return errorWith('ERR_INVALID_ARGUMENT', `Expected ${expected} for ${name} but received ${shown(value)}`);
}

/** The number of insertions, deletions and substitutions that lead from one word to the other (Levenshtein). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 40) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; ++i) {
    const next = [i];
    for (let j = 1; j <= b.length; ++j)
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length]!;
}

/** ` Did you mean "weightDecay"?`, or the list of what there is. */
function suggestion(word: string, known: readonly string[]): string {
  const [best] = [...known].sort(
    (a, b) => distance(word.toLowerCase(), a.toLowerCase()) - distance(word.toLowerCase(), b.toLowerCase()),
  );
  if (best !== undefined && distance(word.toLowerCase(), best.toLowerCase()) <= Math.max(2, word.length / 3))
    return ` Did you mean "${best}"?`;
  return ` Known are: ${known.join(', ')}.`;
}

/** An object of a literal, of any realm. */
export function isPlainObject(value: unknown): value is object {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Checks that `options` is a plain object whose keys are all known. */
export function checkOptions(where: string, options: unknown, known: readonly string[]): void {
  if (!isPlainObject(options)) throw invalid(`the options of ${where}`, 'a plain object', options);
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw errorWith('ERR_INVALID_ARGUMENT', `${where}: unknown option ${quoted(key)}.${suggestion(key, known)}`);
}

/** What a number must be: a sentence for people and a test for us. */
export interface Range {
  expected: string;
  allows(value: number): boolean;
}

export const nonNegative: Range = { expected: 'a finite number ≥ 0', allows: (x) => Number.isFinite(x) && x >= 0 };
export const fraction: Range = { expected: 'a number in [0, 1)', allows: (x) => x >= 0 && x < 1 };
export const wholeShare: Range = { expected: 'a number in [0, 1]', allows: (x) => x >= 0 && x <= 1 };
export const share: Range = { expected: 'a number in (0, 1]', allows: (x) => x > 0 && x <= 1 };
/** Between two numbers, neither of which is allowed. */
export const openInterval = (low: number, high: number): Range => ({
  expected: `a number between ${low} and ${high}`,
  allows: (x) => x > low && x < high,
});
/** Between two numbers, both of which are allowed. */
export const interval = (low: number, high: number): Range => ({
  expected: `a number from ${low} to ${high}`,
  allows: (x) => x >= low && x <= high,
});
export const moreThan = (low: number): Range => ({
  expected: `a finite number > ${low}`,
  allows: (x) => Number.isFinite(x) && x > low,
});
export const atMost = (most: number): Range => ({
  expected: `a finite number ≤ ${most}`,
  allows: (x) => Number.isFinite(x) && x <= most,
});
export const wholeUpTo = (most: number): Range => ({
  expected: `a whole number from 0 to ${most}`,
  allows: (x) => Number.isInteger(x) && x >= 0 && x <= most,
});
export const positive: Range = { expected: 'a finite number > 0', allows: (x) => Number.isFinite(x) && x > 0 };
export const finite: Range = { expected: 'a finite number', allows: (x) => Number.isFinite(x) };

export function checkNumber(name: string, value: unknown, range: Range): number {
  if (typeof value !== 'number') throw invalid(name, range.expected, value);
  if (!range.allows(value))
    throw errorWith('ERR_OUT_OF_RANGE', `Expected ${range.expected} for ${name} but received ${value}`);
  return value;
}

export function checkInteger(
  name: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  const expected = most === Number.MAX_SAFE_INTEGER ? `an integer ≥ ${least}` : `an integer from ${least} to ${most}`;
  return checkNumber(name, value, { expected, allows: (x) => Number.isSafeInteger(x) && x >= least && x <= most });
}

/** Whether a number is one of elements of an array. */
export function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

/** The most elements of a list, which the engine can't make any longer. */
const longestList = 2 ** 26;

/** How many elements a plain array says it has. A proxy may say anything, and have an element for each number. */
export function lengthOfList(name: string, array: readonly unknown[]): number {
  const length: unknown = array.length;
  if (isLength(length) && (length <= longestList || !types.isProxy(array))) return length;
  return checkInteger(`the length of ${name}`, length, 0, longestList);
}

/**
 * The elements of an array as a plain list without holes, each read once: no getter, proxy or iterator of it has a say in
 * what is done with the list. With `read`, what that makes of each as it is read, so that the first one that is refused
 * ends the reading.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` where it is no array.
 */
export function checkArray(name: string, value: unknown, expected?: string): unknown[];
export function checkArray<T>(
  name: string,
  value: unknown,
  expected: string,
  read: (element: unknown, i: number, length: number) => T,
): T[];
export function checkArray(
  name: string,
  value: unknown,
  expected = 'an array',
  read: (element: unknown, i: number, length: number) => unknown = (element, i) => {
    if (element === undefined) throw invalid(`${name}[${i}]`, 'a value', element); // or a hole
    return element;
  },
): unknown[] {
  if (!isArray(value)) throw invalid(name, expected, value);
  const length = lengthOfList(name, value);
  const list: unknown[] = [];
  for (let i = 0; i < length; ++i) list.push(read(value[i], i, length));
  return list;
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalid(name, 'a boolean', value);
  return value;
}

export function checkOneOf<const Choice extends string>(
  name: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  if (typeof value !== 'string') throw invalid(name, `one of ${choices.join(', ')}`, value);
  if (!choices.includes(value as Choice))
    throw errorWith('ERR_INVALID_ARGUMENT', `unknown ${name} ${quoted(value)}.${suggestion(value, choices)}`);
  return value as Choice;
}

const typedArrayPrototype: Uint8Array = Object.getPrototypeOf(Uint8Array.prototype);
const getterOf = (name: string) => Object.getOwnPropertyDescriptor(typedArrayPrototype, name)!.get as () => never;
const [bufferGetter, lengthGetter, offsetGetter, bytesGetter] = [
  getterOf('buffer'),
  getterOf('length'),
  getterOf('byteOffset'),
  getterOf('byteLength'),
];
const setFunction = typedArrayPrototype.set as (this: ArrayBufferView, from: ArrayLike<number>) => void;

/** The buffer that a typed array lies in, whatever property of that name it may have of its own. */
export function bufferOf(array: ArrayBufferView): ArrayBufferLike {
  return bufferGetter.call(array);
}

/**
 * The number of elements of a typed array, whatever property `length` it may have of its own; 0 where its buffer was transferred away,
 * or has shrunk below its beginning.
 */
export function lengthOf(array: ArrayBufferView): number {
  return lengthGetter.call(array);
}

/** The bytes of a typed array, whatever properties it may have of its own. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(bufferOf(array), offsetGetter.call(array), bytesGetter.call(array));
}

/** Sets a typed array to the elements of another. */
export function copyInto(array: ArrayBufferView, from: ArrayBufferView): void {
  setFunction.call(array, from as unknown as ArrayLike<number>);
}

/** Whether a typed array lies in shared memory, which can be neither detached nor moved. */
export function isShared(array: ArrayBufferView): boolean {
  return types.isSharedArrayBuffer(bufferOf(array));
}

/** Whether an array's buffer was transferred away: then no view of it can be made. */
export function isDetached(array: ArrayBufferView): boolean {
  if (lengthOf(array) > 0) return false;
  try {
    new Uint8Array(bufferOf(array));
    return false;
  } catch {
    return true;
  }
}

export function isFloatArray(value: unknown): value is Float32Array | Float64Array {
  return types.isFloat32Array(value) || types.isFloat64Array(value);
}
