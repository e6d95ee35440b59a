import { bestOf, type Target } from '../target.js';

/**
 * A number for each row of readings, by which predictions are compared: the number, the middle quantile, or the place of the most
 * probable class.
 */
export function valuesOfReadings(target: Target, readings: Float64Array): Float64Array {
  const width = target.task === 'regression' ? (target.quantiles?.length ?? 1) : target.classes.length;
  if (width === 1) return readings;
  const values = new Float64Array(readings.length / width);
  const middle = Math.floor(width / 2);
  for (let row = 0; row < values.length; ++row)
    values[row] = target.task === 'regression' ? readings[row * width + middle]! : bestOf(readings, row * width, width);
  return values;
}
