import { checkOptions } from '../checks/options.js';
import { checkNumber, positive } from '../checks/ranges.js';

export interface Costs {
  /** Cost of deciding yes where the answer is no, > 0. */
  falsePositive: number;
  /** Cost of deciding no where the answer is yes, > 0. */
  falseNegative: number;
}

/**
 * The probability from which on yes is the cheaper decision: p* = c₊/(c₊ + c₋), with the cost c₊ of a false positive
 * and c₋ of a false negative; right decisions cost nothing. For the option `threshold` of metrics and of
 * `predictClasses`. Probabilities must be calibrated.
 *
 * @example
 * const threshold = thresholdFor({ falsePositive: 1, falseNegative: 20 });
 * model.predictClasses(x, { threshold });
 *
 * @throws TypeError, RangeError for costs that are not positive numbers.
 * @see Elkan 2001, The Foundations of Cost-Sensitive Learning, https://dl.acm.org/doi/10.5555/1642194.1642224
 */
export function thresholdFor(costs: Costs): number {
  checkOptions('thresholdFor', costs, ['falsePositive', 'falseNegative']);
  const falsePositive = checkNumber('falsePositive', costs.falsePositive, positive);
  const falseNegative = checkNumber('falseNegative', costs.falseNegative, positive);
  return 1 / (1 + falseNegative / falsePositive);
}
