import { types } from 'node:util';
import { isArray } from './kinds.js';
import { checkInteger } from './ranges.js';
import { invalid } from './shown.js';

/** Whether a value is a valid array length: an integer in [0, 2³²). */
export function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

/** Largest length accepted from a proxy: about the longest list that the engine can build. */
const longestList = 2 ** 26;

/**
 * Length of a plain array. A proxy may report any length and have an element at every index, so its length is bounded.
 */
export function lengthOfList(name: string, array: readonly unknown[]): number {
  const length: unknown = array.length;
  if (isLength(length) && (length <= longestList || !types.isProxy(array))) return length;
  return checkInteger(`the length of ${name}`, length, 0, longestList);
}

/**
 * Copies an array into a plain list without holes. Each element is read once, so that no getter, proxy or iterator of
 * the array can change the list later. `read` checks or converts each element; reading stops when it throws.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` if `value` is not an array.
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
    if (element === undefined) throw invalid(`${name}[${i}]`, 'a value', element); // a hole as well
    return element;
  },
): unknown[] {
  if (!isArray(value)) throw invalid(name, expected, value);
  const length = lengthOfList(name, value);
  const list: unknown[] = [];
  for (let i = 0; i < length; ++i) list.push(read(value[i], i, length));
  return list;
}
