import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { between } from './between.js';
import { schedule } from './schedule.js';

export interface CyclicOptions {
  /** The value at the beginning and the end of each cycle. */
  from: number;
  /** The value at the first peak. It may be below `from`. */
  to: number;
  /** Number of steps from `from` to the peak. */
  up: number;
  /** Number of steps back from the peak. Default: `up`. */
  down?: number | undefined;
  /**
   * Height of the cycles: the same for all, half of the one before, or multiplied by `factor` at each step. Default
   * `'triangular'`.
   */
  mode?: 'triangular' | 'triangular2' | 'exponential' | undefined;
  /** Factor of the height per step with `'exponential'`, in (0, 1]. Default 1. */
  factor?: number | undefined;
}

const heights = {
  triangular: () => 1,
  triangular2: (_step: number, cycle: number) => 2 ** -cycle,
  exponential: (step: number, _cycle: number, factor: number) => factor ** step,
};

/**
 * η(t) = from + (to − from) · h · w. w goes from 0 to 1 in `up` steps and back in `down` steps, without end. The height
 * h is 1, 2^−(number of complete cycles) or factor^t.
 *
 * Same as PyTorch's `CyclicLR(base_lr=from, max_lr=to, step_size_up=up, step_size_down=down, mode, gamma=factor)`,
 * whose `exp_range` is `'exponential'`.
 *
 * @see Smith 2017, https://arxiv.org/abs/1506.01186
 */
export const cyclic = schedule('cyclic', (given: CyclicOptions) => {
  checkOptions('schedules.cyclic', given, ['from', 'to', 'up', 'down', 'mode', 'factor']);
  const from = checkNumber('from', given.from, finite);
  const to = checkNumber('to', given.to, finite);
  const up = checkInteger('up', given.up, 1);
  const down = checkInteger('down', orDefault(given.down, up), 1);
  const mode = checkOneOf(
    'mode',
    orDefault(given.mode, 'triangular'),
    Object.keys(heights) as (keyof typeof heights)[],
  );
  const factor = checkNumber('factor', orDefault(given.factor, 1), shrinking);
  const period = up + down;
  const at = (step: number) => {
    const inCycle = step % period;
    const rise = inCycle <= up ? inCycle / up : (period - inCycle) / down;
    return between(from, to, rise * heights[mode](step, Math.floor(step / period), factor));
  };
  return { options: { from, to, up, down, mode, factor }, at, length: 4 * period + 1 };
});

const shrinking = { expected: 'a number in (0, 1]', allows: (x: number) => x > 0 && x <= 1 };
