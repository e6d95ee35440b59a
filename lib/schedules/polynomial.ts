import { checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite, nonNegative } from '../checks/ranges.js';
import { between } from './between.js';
import { schedule } from './schedule.js';
import { type SpreadOptions, spread } from './warmup.js';

export interface PolynomialOptions extends SpreadOptions {
  /** The value at step 0, after a warm-up. */
  from: number;
  /** The value at step `steps` and after. Default 0. */
  to?: number | undefined;
  /** The exponent: 1 is a straight line, more falls fastest at first, less falls fastest at the end. Default 1. */
  power?: number | undefined;
}

/**
 * η(t) = to + (from − to) · (1 − t / steps)^power up to step `steps`, then `to`.
 *
 * Same as PyTorch's `PolynomialLR(total_iters=steps, power)`, which has no `to`.
 *
 * @see Chen et al. 2016 (the "poly" policy), https://arxiv.org/abs/1606.00915
 */
export const polynomial = schedule('polynomial', (given: PolynomialOptions) => {
  checkOptions('schedules.polynomial', given, ['from', 'to', 'steps', 'power', 'warmup']);
  const from = checkNumber('from', given.from, finite);
  const to = checkNumber('to', orDefault(given.to, 0), finite);
  const power = checkNumber('power', orDefault(given.power, 1), nonNegative);
  const decay = (steps: number) => (step: number) => between(to, from, (1 - Math.min(step / steps, 1)) ** power);
  return spread(given, { from, to, power }, decay, 'ends');
});
