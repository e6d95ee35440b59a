import { Random } from '../../../numbers/random.js';
import { meanOf } from '../estimates.js';
import type { Points } from '../points.js';
import { lossBy, nearestRows, type Truths } from './nearest.js';

/** The largest loss of rows by the nearest in a column that all but is the target, as a share of a constant's loss. */
const mostLoss = { classes: 0.06, numbers: 0.0015 };

/** A class of a smaller share is rare: the loss of others says little about it. */
const rare = 0.1;

/** The least F1 of a rare class that a column all but is. */
const leastF1 = 0.9;

/** Fewer rows of a class prove nothing. */
const fewestRare = 10;

const mostQueries = 1000;

/** The most rows of equal values whose shares of classes predict a row. */
const mostEqual = 500;

/**
 * Columns whose values alone predict the target nearly without a mistake, the best first. A row is predicted by the rows of the
 * same value, or by the nearest ones if these are few; of rows at the same distance, random ones count.
 *
 * @param groupOf A number for each row, the same for rows that may not predict each other.
 */
export function leakingColumns(
  points: Points,
  truths: Truths,
  names: readonly string[],
  groupOf: (row: number) => number,
): string[] {
  const shuffled = new Random(1).permutation(points.rows);
  const queries = shuffled.subarray(0, mostQueries);
  const rareClass = rareClassOf(truths);
  const ofRare = rareClass === undefined ? [] : rowsOf(truths, shuffled, rareClass).slice(0, mostQueries);
  const limit = truths.classes > 0 ? mostLoss.classes : mostLoss.numbers + 40 / points.rows ** 2;
  const found = names
    .filter((name) => points.columns.includes(name))
    .map((column) => {
      const others = points.columns.filter((name) => name !== column);
      const predictors = (row: number) =>
        rowsAlike(points.squaredDistances(row, others), shuffled, (other) => groupOf(other) !== groupOf(row));
      const loss = meanOf(Float64Array.from(queries, (row) => lossBy(predictors(row), truths, row) / truths.constant));
      const isRareOne = (row: number) => shareOfClass(predictors(row), truths, rareClass!) > 0.5;
      const isLeak = loss.value <= limit && loss.high <= 2 * limit;
      const mayBeRare = !isLeak && ofRare.length >= fewestRare && loss.value < 0.5;
      const isRareLeak = mayBeRare && f1(truths, ofRare, queries, rareClass!, isRareOne) >= leastF1;
      return { column, loss, isLeak: isLeak || isRareLeak };
    });
  return found
    .filter(({ isLeak }) => isLeak)
    .sort((a, b) => a.loss.value - b.loss.value)
    .map(({ column }) => column);
}

/** The rows of the same value, or the nearest ones if fewer than these have it. */
function rowsAlike(distances: Float32Array, shuffled: Uint32Array, isAllowed: (row: number) => boolean): number[] {
  const equal: number[] = [];
  for (const row of shuffled) {
    if (equal.length === mostEqual) break;
    if (distances[row] === 0 && isAllowed(row)) equal.push(row);
  }
  if (equal.length >= 5) return equal;
  const places = nearestRows(
    Float32Array.from(shuffled, (row) => distances[row]!),
    (place) => isAllowed(shuffled[place]!),
  );
  return places.map((place) => shuffled[place]!);
}

/** Of two classes, the one that has few rows. */
function rareClassOf({ classes, values }: Truths): number | undefined {
  if (classes !== 2) return undefined;
  const share = values.reduce((sum, x) => sum + x, 0) / values.length;
  return share < rare ? 1 : share > 1 - rare ? 0 : undefined;
}

const rowsOf = ({ values }: Truths, rows: Uint32Array, one: number): number[] =>
  Array.from(rows).filter((row) => values[row] === one);

const shareOfClass = (rows: readonly number[], { values }: Truths, one: number): number =>
  rows.filter((row) => values[row] === one).length / rows.length;

/** The harmonic mean of recall and precision of a rare class, whose rows and some of all rows are looked at. */
function f1(
  truths: Truths,
  ofRare: readonly number[],
  queries: Uint32Array,
  one: number,
  isPredicted: (row: number) => boolean,
): number {
  const share = truths.values.reduce((sum, x) => sum + Number(x === one), 0) / truths.values.length;
  const usual = Array.from(queries).filter((row) => truths.values[row] !== one);
  const rate = (rows: readonly number[]) => rows.filter(isPredicted).length / Math.max(1, rows.length);
  const [hits, alarms] = [share * rate(ofRare), (1 - share) * rate(usual)];
  return hits === 0 ? 0 : (2 * hits) / (hits + alarms + share);
}
