import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite, nonNegative } from '../checks/ranges.js';
import { geometric } from './geometric.js';
import { schedule } from './schedule.js';

export interface StepOptions {
  /** The value at step 0. */
  from: number;
  /** Number of steps for which a value stays the same. */
  every: number;
  /** Ratio of each value to the one before. Default 0.1. */
  factor?: number | undefined;
}

/** η(t) = from · factor^⌊t / every⌋, without end. Same as PyTorch's `StepLR(step_size=every, gamma=factor)`. */
export const step = schedule('step', (given: StepOptions) => {
  checkOptions('schedules.step', given, ['from', 'every', 'factor']);
  const from = checkNumber('from', given.from, finite);
  const every = checkInteger('every', given.every, 1);
  const factor = checkNumber('factor', orDefault(given.factor, 0.1), nonNegative);
  const at = (step: number) => geometric(from, factor, Math.floor(step / every));
  return { options: { from, every, factor }, at, length: 5 * every };
});
