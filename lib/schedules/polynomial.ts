import { checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite, nonNegative } from '../checks/ranges.js';
import { between } from './between.js';
import { schedule } from './schedule.js';
import { checkSteps, type Steps } from './span.js';
import { checkWarmup, spread, type Warmup } from './warmup.js';

export interface PolynomialOptions {
  /** The value at step 0, after a warm-up. */
  from: number;
  /** The value at step `steps` and after. Default 0. */
  to?: number | undefined;
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
  const steps = given.steps === undefined ? undefined : checkSteps('steps', given.steps, 1);
  const warmup = checkWarmup(orDefault(given.warmup, 0));
  const power = checkNumber('power', orDefault(given.power, 1), nonNegative);
  const decay = (steps: number) => (step: number) => between(to, from, (1 - Math.min(step / steps, 1)) ** power);
  const options = { from, to, steps, power, warmup: warmup === 0 ? undefined : warmup };
  return { options, ...spread(steps, warmup, decay, 'ends') };
});
