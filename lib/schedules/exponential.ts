import { checkOptions } from '../checks/options.js';
import { checkNumber, finite, nonNegative } from '../checks/ranges.js';
import { geometric } from './geometric.js';
import { schedule } from './schedule.js';

export interface ExponentialOptions {
  /** The value at step 0. */
  from: number;
  /** Factor of the value per step: below 1 for decay, above 1 to search for the largest rate that works. */
  factor: number;
}

/** η(t) = from · factor^t, without end. Same as PyTorch's `ExponentialLR(gamma=factor)`. */
export const exponential = schedule('exponential', (given: ExponentialOptions) => {
  checkOptions('schedules.exponential', given, ['from', 'factor']);
  const from = checkNumber('from', given.from, finite);
  const factor = checkNumber('factor', given.factor, nonNegative);
  const at = (step: number) => geometric(from, factor, step);
  return { options: { from, factor }, at, length: stepsOfThreeDecades(factor) };
});

/** Number of steps in which the value changes a thousandfold, plus 1. */
function stepsOfThreeDecades(factor: number): number | undefined {
  const steps = Math.ceil(Math.log(1000) / Math.abs(Math.log(factor)));
  return Number.isFinite(steps) ? steps + 1 : undefined;
}
