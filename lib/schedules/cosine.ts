import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { between, halfCosine } from './between.js';
import { schedule } from './schedule.js';

export interface CosineOptions {
  /** The value at step 0. */
  from: number;
  /** The value at step `steps`. Default 0. */
  to?: number | undefined;
  /** Number of steps from `from` to `to`. */
  steps: number;
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
  checkOptions('schedules.cosine', given, ['from', 'to', 'steps', 'periodic']);
  const from = checkNumber('from', given.from, finite);
  const to = checkNumber('to', orDefault(given.to, 0), finite);
  const steps = checkInteger('steps', given.steps, 1);
  const periodic = checkBoolean('periodic', orDefault(given.periodic, false));
  const at = (step: number) =>
    between(from, to, halfCosine((periodic ? step % (2 * steps) : Math.min(step, steps)) / steps));
  return { options: { from, to, steps, periodic }, at, length: (periodic ? 2 : 1) * steps + 1 };
});
