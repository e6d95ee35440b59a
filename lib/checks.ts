import { types } from 'node:util';
import { errorWith } from './errors.js';

/** An option that is `undefined` means its default; null doesn't. */
export function orDefault<T>(value: T | undefined, fallback: T): T {
  return value === undefined ? fallback : value;
}

/** How a value is shown in a message: short, and telling strings from numbers. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (value !== null && typeof value === 'object') {
    const name = Object.prototype.toString.call(value).slice(8, -1);
    return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
  }
  return String(value);
}

export function invalid(name: string, expected: string, value: unknown): Error {
  return errorWith('ERR_INVALID_ARGUMENT', `Expected ${expected} for ${name} but received ${shown(value)}`);
}

/** The number of insertions, deletions and substitutions that lead from one word to the other (Levenshtein). */
function distance(a: string, b: string): number {
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
  if (value === null || typeof value !== 'object') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Checks that `options` is a plain object whose keys are all known. */
export function checkOptions(where: string, options: unknown, known: readonly string[]): void {
  if (!isPlainObject(options)) throw invalid(`the options of ${where}`, 'a plain object', options);
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw errorWith('ERR_INVALID_ARGUMENT', `${where}: unknown option "${key}".${suggestion(key, known)}`);
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

export function checkArray(name: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid(name, 'an array', value);
  return value;
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
    throw errorWith('ERR_INVALID_ARGUMENT', `unknown ${name} "${value}".${suggestion(value, choices)}`);
  return value as Choice;
}

const bufferGetter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), 'buffer')!.get!;

/** The buffer that a typed array lies in, whatever property of that name it may have of its own. */
export function bufferOf(array: ArrayBufferView): ArrayBufferLike {
  return bufferGetter.call(array);
}

/** Whether a typed array lies in shared memory, which can be neither detached nor moved. */
export function isShared(array: ArrayBufferView): boolean {
  return types.isSharedArrayBuffer(bufferOf(array));
}

/** Whether an array's buffer was transferred away: then no view of it can be made. */
export function isDetached(array: ArrayBufferView): boolean {
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
