import { checkArray } from '../checks/lists.js';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { checkAscending, checkLength, countUpTo } from './ascending.js';
import { between } from './between.js';
import { schedule } from './schedule.js';

export interface PiecewiseOptions {
  /** Steps in ascending order. */
  boundaries: readonly number[];
  /** With `'constant'`, one before each boundary and one after the last; with `'linear'`, one at each boundary. */
  values: readonly number[];
  /** Whether values are constant between boundaries or interpolated linearly. Default `'constant'`. */
  interpolate?: 'constant' | 'linear' | undefined;
}

/**
 * With `'constant'`, η(t) = values[i], where i is the number of boundaries ≤ t. With `'linear'`, the polygon through
 * the points (boundaries[i], values[i]), constant before the first and after the last.
 *
 * In PyTorch it is a `LambdaLR`; `ConstantLR(factor, total_iters)` there is
 * `{ boundaries: [total_iters], values: [base · factor, base] }`. At a boundary the next value applies; in Keras's
 * `PiecewiseConstantDecay`, the previous one.
 *
 * @throws RangeError `ERR_SHAPE` if the number of values does not fit the boundaries.
 */
export const piecewise = schedule('piecewise', (given: PiecewiseOptions) => {
  checkOptions('schedules.piecewise', given, ['boundaries', 'values', 'interpolate']);
  const boundaries = checkAscending('boundaries', given.boundaries, 0);
  const values = checkArray(
    'values',
    given.values,
    'an array',
    (value, i) => checkNumber(`values[${i}]`, value, finite) + 0, // −0 is not JSON
  );
  const interpolate = checkOneOf('interpolate', orDefault(given.interpolate, 'constant'), ['constant', 'linear']);
  if (interpolate === 'linear') {
    if (boundaries.length === 0)
      throw errorWith('ERR_SHAPE', 'boundaries is empty, but interpolate: "linear" needs a point at least');
    checkLength('values', values.length, boundaries.length, 'interpolate: "linear" needs one at each boundary');
  } else checkLength('values', values.length, boundaries.length + 1, 'there is one before each boundary and one after');

  const onLine = (step: number) => {
    const next = countUpTo(boundaries, step);
    if (next === 0) return values[0]!;
    if (next === boundaries.length) return values[next - 1]!;
    const start = boundaries[next - 1]!;
    return between(values[next - 1]!, values[next]!, (step - start) / (boundaries[next]! - start));
  };
  const last = boundaries.at(-1);
  return {
    options: { boundaries, values: Object.freeze(values), interpolate },
    at: interpolate === 'linear' ? onLine : (step) => values[countUpTo(boundaries, step)]!,
    length: last === undefined ? undefined : Math.ceil(1.25 * last) + 1,
  };
});
