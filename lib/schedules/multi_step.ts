import { checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite, nonNegative } from '../checks/ranges.js';
import { checkAscending, countUpTo } from './ascending.js';
import { geometric } from './geometric.js';
import { schedule } from './schedule.js';

export interface MultiStepOptions {
  /** The value at step 0. */
  from: number;
  /** The steps at which the value changes, ≥ 1 and in ascending order. A step that is listed twice counts twice. */
  milestones: readonly number[];
  /** Factor of the value at each milestone. Default 0.1. */
  factor?: number | undefined;
}

/** η(t) = from · factor^(number of milestones ≤ t). Same as PyTorch's `MultiStepLR(milestones, gamma=factor)`. */
export const multiStep = schedule('multiStep', (given: MultiStepOptions) => {
  checkOptions('schedules.multiStep', given, ['from', 'milestones', 'factor']);
  const from = checkNumber('from', given.from, finite);
  const milestones = checkAscending('milestones', given.milestones, 1);
  const factor = checkNumber('factor', orDefault(given.factor, 0.1), nonNegative);
  const at = (step: number) => geometric(from, factor, countUpTo(milestones, step));
  const last = milestones.at(-1);
  return {
    options: { from, milestones, factor },
    at,
    length: last === undefined ? undefined : Math.ceil(1.25 * last) + 1,
  };
});
