import { bestOf, type Target } from '../target.js';
import { headOf } from '../targets/heads.js';

/**
 * A number for each row of readings, by which predictions are compared: the number, the middle quantile, or the place of the most
 * probable class.
 */
export function valuesOfReadings(target: Target, readings: Float64Array): Float64Array {
  const { width } = headOf(target);
  const middle = Math.floor(width / 2);
  return Float64Array.from({ length: readings.length / width }, (_, row) =>
    target.task === 'regression' ? readings[row * width + middle]! : bestOf(readings, row * width, width),
  );
}
