import { checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite } from '../checks/ranges.js';
import { between } from './between.js';
import { schedule } from './schedule.js';
import { checkSteps, type Steps } from './span.js';
import { checkWarmup, spread, type Warmup } from './warmup.js';

export interface LinearOptions {
  /** The value at step 0, after a warm-up. */
  from: number;
  /** The value at step `steps` and after. */
  to: number;
  /**
   * Number of steps from `from` to `to`, or of epochs, as `{ epochs: 5 }`. Default: all steps of the run of `fit` that uses
   * the schedule, whose first step is step 0. Without a number of steps, a schedule is only for runs.
   */
  steps?: Steps | undefined;
  /**
   * How long the value first rises to `from` in a straight line, as a part of `steps`: a number of steps; below 1, a
   * share of `steps`; or epochs, as `{ epochs: 1 }`. Default 0.
   */
  warmup?: Warmup | undefined;
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
  const steps = given.steps === undefined ? undefined : checkSteps('steps', given.steps, 1);
  const warmup = checkWarmup(orDefault(given.warmup, 0));
  const line = (steps: number) => (step: number) => between(from, to, Math.min(step / steps, 1));
  const options = { from, to, steps, warmup: warmup === 0 ? undefined : warmup };
  return { options, ...spread(steps, warmup, line, 'ends') };
});
