import { checkArray } from '../checks/lists.js';
import { checkInteger } from '../checks/ranges.js';
import { errorWith } from '../errors.js';

/**
 * Checks that an array contains integers ≥ `least` in ascending order (equal ones are allowed), and returns a frozen
 * copy.
 */
export function checkAscending(name: string, value: unknown, least: number): number[] {
  const steps = checkArray(name, value, 'an array', (step, i) => checkInteger(`${name}[${i}]`, step, least));
  for (let i = 1; i < steps.length; ++i)
    if (steps[i]! < steps[i - 1]!)
      throw errorWith(
        'ERR_OUT_OF_RANGE',
        `Expected ${name} in ascending order, but ${name}[${i}] is ${steps[i]} after ${steps[i - 1]}`,
      );
  return Object.freeze(steps) as number[];
}

export function checkLength(name: string, length: number, expected: number, why: string): void {
  if (length !== expected)
    throw errorWith('ERR_SHAPE', `${name} has ${length} elements, but ${why}: expected ${expected}`);
}

/** Number of elements of an ascending list that are ≤ `step`, by bisection. */
export function countUpTo(ascending: readonly number[], step: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}
