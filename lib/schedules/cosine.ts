import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite } from '../checks/ranges.js';
import { between, halfCosine } from './between.js';
import { schedule } from './schedule.js';
import { checkSteps, type Steps } from './span.js';
import { checkWarmup, spread, type Warmup } from './warmup.js';

export interface CosineOptions {
  /** The value at step 0, after a warm-up. */
  from: number;
  /** The value at step `steps`. Default 0. */
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
  /**
   * Whether the values rise again after `steps`, with period 2·`steps`, as in PyTorch's `CosineAnnealingLR`, instead of
   * staying at `to`. Default false.
   */
  periodic?: boolean | undefined;
}

/**
 * η(t) = to + (from − to) · (1 + cos(π t / steps)) / 2 up to step `steps`, then `to`: cosine annealing without
 * restarts.
 *
 * @see Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983, equation 5
 */
export const cosine = schedule('cosine', (given: CosineOptions) => {
  checkOptions('schedules.cosine', given, ['from', 'to', 'steps', 'periodic', 'warmup']);
  const from = checkNumber('from', given.from, finite);
  const to = checkNumber('to', orDefault(given.to, 0), finite);
  const steps = given.steps === undefined ? undefined : checkSteps('steps', given.steps, 1);
  const warmup = checkWarmup(orDefault(given.warmup, 0));
  const periodic = checkBoolean('periodic', orDefault(given.periodic, false));
  const decay = (steps: number) => (step: number) =>
    between(from, to, halfCosine((periodic ? step % (2 * steps) : Math.min(step, steps)) / steps));
  const parts = { from, to, steps, periodic, warmup: warmup === 0 ? undefined : warmup };
  return { options: parts, ...spread(steps, warmup, decay, periodic ? 'repeats' : 'ends') };
});
