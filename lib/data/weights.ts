import { types } from 'node:util';
import { isArray } from '../checks/kinds.js';
import { checkNumber, nonNegative } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkAttached } from '../checks/typed_arrays.js';
import { errorWith, newArray } from '../errors.js';
import { countOf } from './table.js';

/** Weight of each row: a finite number ≥ 0. */
export type ExampleWeights = ArrayLike<number>;

/**
 * Checks weights, and copies them.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`; RangeError `ERR_SHAPE` for a wrong number of them, `ERR_OUT_OF_RANGE` if
 *   one is negative or not finite or their sum is 0; GlissadeError `ERR_DETACHED`.
 */
export function checkWeights(given: unknown, rows: number): Float64Array {
  const { weights, sum } = sumWeights(given, rows, 0);
  checkWeightSum(sum, rows);
  return weights;
}

/** @throws RangeError `ERR_OUT_OF_RANGE` unless the sum of all weights is finite and positive. */
export function checkWeightSum(sum: number, rows: number): void {
  if (!(sum > 0 && sum < Infinity))
    throw errorWith('ERR_OUT_OF_RANGE', `weights: their sum, over ${rows} rows, is ${sum}; it must be finite and > 0`);
}

/** Checks each weight of some rows, copies them, and adds them to the sum of those before. */
export function sumWeights(given: unknown, rows: number, before: number): { weights: Float64Array; sum: number } {
  const isNumeric = types.isTypedArray(given) && !types.isBigInt64Array(given) && !types.isBigUint64Array(given);
  if (!isArray(given) && !isNumeric) throw invalid('weights', 'an array of numbers', given);
  checkAttached('weights', given);
  const list = given as ArrayLike<unknown>;
  const length = countOf('weights', list);
  if (length !== rows) throw errorWith('ERR_SHAPE', `weights has ${length} elements for ${rows} rows`);
  const weights = newArray(Float64Array, rows);
  let sum = before;
  for (let i = 0; i < rows; ++i) sum += weights[i] = checkNumber(`weights[${i}]`, list[i], nonNegative);
  return { weights, sum };
}
