import { Random } from '../../../numbers/random.js';
import { meanOf } from '../estimates.js';
import type { Points } from '../points.js';
import { lossBy, nearestRows, type Truths } from './nearest.js';

/** The largest loss of nearest rows by a column that all but is the target, as a share of a constant's loss. */
const mostLoss = 0.08;

const mostQueries = 1000;

/**
 * Columns whose values alone predict the target nearly without a mistake, the best first.
 *
 * @param groupOf A number for each row, the same for rows that may not predict each other.
 */
export function leakingColumns(
  points: Points,
  truths: Truths,
  names: readonly string[],
  groupOf: (row: number) => number,
): string[] {
  const queries = new Random(1).permutation(points.rows).subarray(0, mostQueries);
  const losses = names
    .filter((name) => points.columns.includes(name))
    .map((column) => {
      const others = points.columns.filter((name) => name !== column);
      const lossOf = (row: number) => {
        const nearest = nearestRows(points.squaredDistances(row, others), (other) => groupOf(other) !== groupOf(row));
        return lossBy(nearest, truths, row) / truths.constant;
      };
      return { column, loss: meanOf(Float64Array.from(queries, lossOf)) };
    });
  return losses
    .filter(({ loss }) => loss.high <= mostLoss)
    .sort((a, b) => a.loss.value - b.loss.value)
    .map(({ column }) => column);
}
