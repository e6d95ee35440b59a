import { checkOptions } from '../checks/options.js';
import { checkNumber, finite } from '../checks/ranges.js';
import { schedule } from './schedule.js';

export interface ConstantOptions {
  value: number;
}

/** η(t) = value. A plain number has the same effect. */
export const constant = schedule('constant', (options: ConstantOptions) => {
  checkOptions('schedules.constant', options, ['value']);
  const value = checkNumber('value', options.value, finite);
  return { options: { value }, at: () => value };
});
