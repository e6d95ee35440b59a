import { checkOptions } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { between } from './between.js';
import { schedule } from './schedule.js';

export interface LinearOptions {
  /** The value at step 0. */
  from: number;
  /** The value at step `steps` and after. */
  to: number;
  /** Number of steps from `from` to `to`. */
  steps: number;
}

/**
 * η(t) = from + (to − from) · t / steps up to step `steps`, then `to`.
 *
 * Same as PyTorch's `LinearLR(start_factor, end_factor, total_iters=steps)`, where `from` and `to` are its factors
 * times the base rate.
 */
export const linear = schedule('linear', (given: LinearOptions) => {
  checkOptions('schedules.linear', given, ['from', 'to', 'steps']);
  const from = checkNumber('from', given.from, finite);
  const to = checkNumber('to', given.to, finite);
  const steps = checkInteger('steps', given.steps, 1);
  const at = (step: number) => between(from, to, Math.min(step / steps, 1));
  return { options: { from, to, steps }, at, length: steps + 1 };
});
