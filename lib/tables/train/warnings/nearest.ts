import { newArray } from '../../../errors.js';
import type { Column } from '../../column.js';
import type { Target } from '../../target.js';
import { targetsOf } from '../../target.js';
import { nearestRows as nearestOf } from '../nearest_rows.js';
import { ranksOfValues } from '../points.js';

/** The number of nearest rows whose mean is the prediction. */
const nearest = 5;

/** The true values that nearest rows predict: ranks of numbers from 0 to 1, or indices of classes. */
export interface Truths {
  readonly values: Float64Array;
  /** The number of classes; 0 for numbers. */
  readonly classes: number;
  /** The mean loss of the best constant. */
  readonly constant: number;
}

export function truthsFor(target: Target, column: Column): Truths {
  if (target.task === 'regression') {
    const values = ranksOfValues(column as { type: 'number'; values: Float64Array });
    return { values, classes: 0, constant: 1 / 12 };
  }
  const values = targetsOf(target, column);
  const counts = newArray(Float64Array, target.classes.length);
  for (const value of values) counts[value]! += 1 / values.length;
  return { values, classes: counts.length, constant: 1 - counts.reduce((sum, share) => sum + share * share, 0) };
}

/** The rows with the smallest distances among those that are allowed, at most {@link nearest}. */
export const nearestRows = (distances: Float32Array, isAllowed: (row: number) => boolean): number[] =>
  nearestOf(distances, isAllowed, nearest);

/** The loss of a row that is predicted by the mean of others: squared error, or Brier score. */
export function lossBy(rows: readonly number[], { values, classes }: Truths, row: number): number {
  if (rows.length === 0) return Number.NaN;
  if (classes === 0) return (rows.reduce((sum, other) => sum + values[other]!, 0) / rows.length - values[row]!) ** 2;
  const shares = new Array<number>(classes).fill(0);
  for (const other of rows) shares[values[other]!]! += 1 / rows.length;
  return shares.reduce((sum, share, one) => sum + (share - Number(one === values[row])) ** 2, 0);
}
