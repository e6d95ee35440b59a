import { score } from '../../models/score.js';
import { Moments } from '../moments.js';
import { bestOf, type Target } from '../target.js';

/** A mean over rows with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Scores on rows that were not trained on. */
export type TableScores = Readonly<Record<string, Estimate>>;

/** Predictions for some rows and the true values: numbers, or probabilities of all classes. */
export interface Predicted {
  /** Numbers in the units of the table, or the probabilities of all classes, row by row. */
  readonly predictions: Float64Array;
  /** Numbers, or indices of classes; −1 for a class that training has not seen. */
  readonly truths: Float64Array;
  /** A number for each row, the same for rows of a group: such rows may be alike. Undefined: rows are independent. */
  readonly groups?: Float64Array | undefined;
}

/** Stands for a class that training has not seen. No prediction of such a row is right. */
export const unseenClass = -1;

/** The loss of each row: the squared error, or −ln of the probability of its class. */
export function lossesOf(target: Target, { predictions, truths }: Predicted): Float64Array {
  if (target.task === 'regression') return truths.map((truth, row) => (predictions[row]! - truth) ** 2);
  const width = target.classes.length;
  return truths.map((truth, row) => -Math.log(Math.max(predictions[row * width + truth]!, 1e-15)));
}

/**
 * The scores of predictions: RMSE, mean absolute error and R², or accuracy, log loss and, of two classes, AUC. The last two are
 * those of rows whose class training has seen.
 */
export function scoresOf(target: Target, predicted: Predicted): TableScores {
  const { predictions, truths, groups } = predicted;
  if (target.task === 'regression') {
    const losses = lossesOf(target, predicted);
    const squares = meanOf(losses, groups);
    const moments = new Moments();
    moments.add(truths);
    const variance = moments.squares / moments.count;
    return {
      rootMeanSquaredError: mapped(squares, (x) => Math.sqrt(Math.max(x, 0))),
      meanAbsoluteError: mapped(
        meanOf(
          truths.map((truth, row) => Math.abs(predictions[row]! - truth)),
          groups,
        ),
        (x) => Math.max(x, 0),
      ),
      r2: mapped(squares, (x) => 1 - x / variance),
    };
  }
  const width = target.classes.length;
  const hits = truths.map((truth, row) => (bestOf(predictions, row * width, width) === truth ? 1 : 0));
  const seen = ofSeenClasses(predicted, width);
  if (seen.truths.length === 0) return { accuracy: shareOf(hits, groups) };
  return {
    accuracy: shareOf(hits, groups),
    logLoss: mapped(meanOf(lossesOf(target, seen), seen.groups), (x) => Math.max(x, 0)),
    ...(width === 2 ? areaUnderCurve(seen) : {}),
  };
}

/** The rows whose class training has seen. */
function ofSeenClasses(predicted: Predicted, width: number): Predicted {
  const { predictions, truths, groups } = predicted;
  if (!truths.includes(unseenClass)) return predicted;
  const isSeen = (_: number, row: number) => truths[row] !== unseenClass;
  return {
    predictions: predictions.filter((x, i) => isSeen(x, Math.floor(i / width))),
    truths: truths.filter(isSeen),
    groups: groups?.filter(isSeen),
  };
}

/**
 * The mean with a 95 % interval by Student's t, for independent rows or for rows of independent groups (Cameron & Miller 2015,
 * A practitioner's guide to cluster-robust inference, section II).
 */
export function meanOf(values: Float64Array, groups?: Float64Array): Estimate {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const { sums, count } = deviationsOf(values, mean, groups);
  const squares = sums.reduce((sum, x) => sum + x * x, 0);
  const reach = (studentQuantile(count - 1) * Math.sqrt((squares * count) / Math.max(1, count - 1))) / values.length;
  return { value: mean, low: mean - reach, high: mean + reach };
}

/** The sum of each group's deviations from the mean, and the number of groups. Without groups, each row is one. */
function deviationsOf(values: Float64Array, mean: number, groups: Float64Array | undefined) {
  if (!groups) return { sums: values.map((x) => x - mean), count: values.length };
  const sums = new Map<number, number>();
  for (const [row, group] of groups.entries()) sums.set(group, (sums.get(group) ?? 0) + values[row]! - mean);
  return { sums: Float64Array.from(sums.values()), count: sums.size };
}

/** 0.975 quantiles of Student's t with 1, 2, … 19 degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093,
];

/** The 0.975 quantile of Student's t; from 20 degrees of freedom on, by the expansion of Cornish & Fisher. */
export function studentQuantile(freedom: number): number {
  const z = 1.959964;
  return (
    quantiles[freedom - 1] ??
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom * freedom)
  );
}

/** A share with Wilson's interval, which stays within 0 and 1, for as many independent rows as would make it as uncertain. */
function shareOf(hits: Float64Array, groups: Float64Array | undefined): Estimate {
  const p = hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
  const [n, z] = groups ? effectiveRows(hits, p, groups) : [hits.length, 1.96];
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const reach = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return { value: p, low: centre - reach, high: centre + reach };
}

/** How many independent rows would make a share as uncertain as rows of groups do, and the quantile of its interval. */
function effectiveRows(hits: Float64Array, p: number, groups: Float64Array): [rows: number, quantile: number] {
  const { sums, count } = deviationsOf(hits, p, groups);
  const squares = sums.reduce((sum, x) => sum + x * x, 0);
  const variance = (squares * count) / Math.max(1, count - 1) / hits.length ** 2;
  const rows = variance > 0 ? Math.min((p * (1 - p)) / variance, hits.length) : count;
  return [rows, studentQuantile(count - 1)];
}

/** A monotone function of an estimate. */
function mapped({ value, low, high }: Estimate, f: (x: number) => number): Estimate {
  const [a, b] = [f(low), f(high)];
  return { value: f(value), low: Math.min(a, b), high: Math.max(a, b) };
}

/** The area under the curve of two classes with its interval. Left out if all rows have one class. */
function areaUnderCurve({ predictions, truths, groups }: Predicted): { auc?: Estimate } {
  const scores = truths.map((_, row) => predictions[2 * row + 1]!);
  const positives = truths.reduce((sum, truth) => sum + truth, 0);
  const negatives = truths.length - positives;
  if (positives === 0 || negatives === 0) return {};
  const area = score('auc', scores, truths);
  const reach = groups
    ? reachOverGroups(scores, truths, groups)
    : 1.96 * Math.sqrt(Math.max(areaVariance(area, positives, negatives), 0));
  return { auc: { value: area, low: Math.max(0, area - reach), high: Math.min(1, area + reach) } };
}

/** The variance of the area under the curve over independent rows (Hanley & McNeil 1982). */
function areaVariance(area: number, positives: number, negatives: number): number {
  const [q1, q2] = [area / (2 - area), (2 * area * area) / (1 + area)];
  return (
    (area * (1 - area) + (positives - 1) * (q1 - area * area) + (negatives - 1) * (q2 - area * area)) /
    (positives * negatives)
  );
}

/** The most parts of a jackknife. */
const mostParts = 50;

/** Half the interval of the area under the curve over groups, by a jackknife that leaves out some groups at a time. */
function reachOverGroups(scores: Float64Array, truths: Float64Array, groups: Float64Array): number {
  const places = new Map(Array.from(new Set(groups), (group, i) => [group, i]));
  const parts = Math.min(places.size, mostParts);
  const areas: number[] = [];
  for (let part = 0; part < parts; ++part) {
    const isLeft = (_: number, row: number) => places.get(groups[row]!)! % parts !== part;
    const [some, ofSome] = [scores.filter(isLeft), truths.filter(isLeft)];
    if (ofSome.some((truth) => truth !== ofSome[0])) areas.push(score('auc', some, ofSome));
  }
  const mean = areas.reduce((sum, x) => sum + x, 0) / areas.length;
  const squares = areas.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return areas.length < 2 ? 1 : studentQuantile(parts - 1) * Math.sqrt((squares * (areas.length - 1)) / areas.length);
}
