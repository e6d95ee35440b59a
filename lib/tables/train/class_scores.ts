import type { Sampling } from '../sampling.js';
import type { Class } from '../target.js';
import { type Estimate, fractionOf, shareOf } from './estimates.js';

/** How well the rows of a class are found. */
export interface ClassScores {
  readonly class: Class;
  /** The number of rows of this class. */
  readonly rows: number;
  /** The number of rows that are predicted as this class. */
  readonly predicted: number;
  /** The share of the rows predicted as this class that are of it; null if there are none. */
  readonly precision: Estimate | null;
  /** The share of the rows of this class that are predicted as it; null if there are none. */
  readonly recall: Estimate | null;
  /** The harmonic mean of precision and recall; null if the class is neither true nor predicted in any row. */
  readonly f1: Estimate | null;
}

/** True and predicted classes of rows, by their places; a true class may be −1, which is none of them. */
export interface Decided extends Sampling {
  readonly truths: Float64Array;
  readonly decided: ArrayLike<number>;
}

const rowsWhere = (count: number, holds: (row: number) => boolean): number[] => {
  const rows: number[] = [];
  for (let row = 0; row < count; ++row) if (holds(row)) rows.push(row);
  return rows;
};

/** The share of some rows for which something holds; null if there are none, or none of them counts. */
function shareAmong(rows: readonly number[], holds: (row: number) => boolean, { groups, weights }: Sampling) {
  const pick = (values: Float64Array | undefined) => values && Float64Array.from(rows, (row) => values[row]!);
  const picked = pick(weights);
  if (rows.length === 0 || picked?.every((weight) => weight === 0)) return null;
  return shareOf(
    Float64Array.from(rows, (row) => (holds(row) ? 1 : 0)),
    { groups: pick(groups), weights: picked },
  );
}

/** Precision, recall and F1 of each class. */
export function classScoresOf(classes: readonly Class[], given: Decided): ClassScores[] {
  const { truths, decided } = given;
  return classes.map((one, place) => {
    const [isTrue, isPredicted] = [(row: number) => truths[row] === place, (row: number) => decided[row] === place];
    const [ofClass, asClass] = [rowsWhere(truths.length, isTrue), rowsWhere(truths.length, isPredicted)];
    return {
      class: one,
      rows: ofClass.length,
      predicted: asClass.length,
      precision: shareAmong(asClass, isTrue, given),
      recall: shareAmong(ofClass, isPredicted, given),
      f1: f1Of(place, given),
    };
  });
}

/** F1 = 2·TP/(2·TP + FP + FN), the count of true positives over the mean of those of true and of predicted ones. */
function f1Of(place: number, { truths, decided, groups, weights }: Decided): Estimate | null {
  const weightOf = (row: number) => (weights ? weights[row]! : 1);
  const [both, either] = [new Float64Array(truths.length), new Float64Array(truths.length)];
  let [hits, all, rows] = [0, 0, 0];
  for (const [row, truth] of truths.entries()) {
    const [isTrue, isPredicted] = [truth === place, decided[row] === place];
    if (isTrue || isPredicted) ++rows;
    both[row] = isTrue && isPredicted ? 2 : 0;
    either[row] = Number(isTrue) + Number(isPredicted);
    hits += weightOf(row) * both[row]!;
    all += weightOf(row) * either[row]!;
  }
  if (all === 0) return null;
  const value = hits / all;
  const influences = both.map((x, row) => (weightOf(row) * (x - value * either[row]!)) / all);
  return fractionOf(value, influences, { groups, weights }, rows);
}

/** The mean recall of the classes that some row has; undefined if there is none. */
export function balancedAccuracyOf(count: number, { truths, decided, groups, weights }: Decided): Estimate | undefined {
  const [rows, totals, hits] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const weightOf = (row: number) => (weights ? weights[row]! : 1);
  for (const [row, truth] of truths.entries()) {
    if (truth < 0) continue;
    rows[truth]! += 1;
    totals[truth]! += weightOf(row);
    if (decided[row] === truth) hits[truth]! += weightOf(row);
  }
  const present = Array.from(totals.keys()).filter((place) => totals[place]! > 0);
  if (present.length === 0) return undefined;
  const recalls = hits.map((hit, place) => hit / totals[place]!);
  const value = present.reduce((sum, place) => sum + recalls[place]!, 0) / present.length;
  const influences = truths.map((truth, row) =>
    truth < 0 || totals[truth] === 0
      ? 0
      : (weightOf(row) * (Number(decided[row] === truth) - recalls[truth]!)) / (totals[truth]! * present.length),
  );
  const inverse = present.reduce((sum, place) => sum + 1 / rows[place]!, 0);
  return fractionOf(value, influences, { groups, weights }, present.length ** 2 / inverse);
}
