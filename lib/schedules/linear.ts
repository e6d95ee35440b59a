import { checkOptions } from '../checks/options.js';
import { checkNumber, finite } from '../checks/ranges.js';
import { between } from './between.js';
import { schedule } from './schedule.js';
import { type SpreadOptions, spread } from './warmup.js';

export interface LinearOptions extends SpreadOptions {
  /** The value at step 0, after a warm-up. */
  from: number;
  /** The value at step `steps` and after. */
  to: number;
}

/**
 * η(t) = from + (to − from) · t / steps up to step `steps`, then `to`.
 *
 * Same as PyTorch's `LinearLR(start_factor, end_factor, total_iters=steps)`, where `from` and `to` are its factors
 * times the base rate.
 */
export const linear = schedule('linear', (given: LinearOptions) => {
  checkOptions('schedules.linear', given, ['from', 'to', 'steps', 'warmup']);
  const from = checkNumber('from', given.from, finite);
  const to = checkNumber('to', given.to, finite);
  const line = (steps: number) => (step: number) => between(from, to, Math.min(step / steps, 1));
  return spread(given, { from, to }, line, 'ends');
});
