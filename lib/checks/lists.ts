import { types } from 'node:util';
import { isArray } from './kinds.js';
import { checkInteger } from './ranges.js';
import { invalid } from './shown.js';

/** Whether a value can be the length of an array. */
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
 * The elements of an array as a plain list without holes. Each element is read once, so that no getter, proxy or iterator of the
 * array changes the list later. `read` checks or converts each element as it is read: the first one that it refuses ends the reading.
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
