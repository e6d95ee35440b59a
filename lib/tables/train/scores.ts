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

/** How the rows of a sample count, and which are alike. */
export interface Sampling {
  /** A number for each row, the same for rows of a group: such rows may be alike. Undefined: rows are independent. */
  readonly groups?: Float64Array | undefined;
  /** The weight of each row. Undefined: all are equal. */
  readonly weights?: Float64Array | undefined;
}

/** Predictions for some rows and the true values: numbers, or probabilities of all classes. */
export interface Predicted extends Sampling {
  /** Numbers in the units of the table, or the probabilities of all classes, row by row. */
  readonly predictions: Float64Array;
  /** Numbers, or indices of classes; −1 for a class that training has not seen. */
  readonly truths: Float64Array;
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
  const { predictions, truths } = predicted;
  if (target.task === 'regression') {
    const losses = lossesOf(target, predicted);
    const squares = meanOf(losses, predicted);
    const moments = new Moments();
    moments.add(truths, predicted.weights);
    const variance = moments.squares / moments.count;
    return {
      rootMeanSquaredError: mapped(squares, (x) => Math.sqrt(Math.max(x, 0))),
      meanAbsoluteError: mapped(
        meanOf(
          truths.map((truth, row) => Math.abs(predictions[row]! - truth)),
          predicted,
        ),
        (x) => Math.max(x, 0),
      ),
      r2: mapped(squares, (x) => 1 - x / variance),
    };
  }
  const width = target.classes.length;
  const hits = truths.map((truth, row) => (bestOf(predictions, row * width, width) === truth ? 1 : 0));
  const seen = ofSeenClasses(predicted, width);
  if (seen.truths.length === 0) return { accuracy: shareOf(hits, predicted) };
  return {
    accuracy: shareOf(hits, predicted),
    logLoss: mapped(meanOf(lossesOf(target, seen), seen), (x) => Math.max(x, 0)),
    ...(width === 2 ? areaUnderCurve(seen) : {}),
  };
}

/** The rows whose class training has seen. */
function ofSeenClasses(predicted: Predicted, width: number): Predicted {
  const { predictions, truths, groups, weights } = predicted;
  if (!truths.includes(unseenClass)) return predicted;
  const isSeen = (_: number, row: number) => truths[row] !== unseenClass;
  return {
    predictions: predictions.filter((x, i) => isSeen(x, Math.floor(i / width))),
    truths: truths.filter(isSeen),
    groups: groups?.filter(isSeen),
    weights: weights?.filter(isSeen),
  };
}

/**
 * The mean with a 95 % interval by Student's t, for independent rows or for rows of independent groups (Cameron & Miller 2015,
 * A practitioner's guide to cluster-robust inference, section II). With weights, the degrees of freedom are those of as many
 * equal weights as are worth the same (Kish 1965, Survey Sampling, section 11.7).
 */
export function meanOf(values: Float64Array, sampling: Sampling = {}): Estimate {
  const { weights } = sampling;
  const total = weights ? sumOf(weights) : values.length;
  const mean = (weights ? values.reduce((sum, x, row) => sum + weights[row]! * x, 0) : sumOf(values)) / total;
  const { squares, count } = deviationsOf(values, mean, sampling);
  const reach = (studentQuantile(count - 1) * Math.sqrt((squares * count) / Math.max(1, count - 1))) / total;
  return { value: mean, low: mean - reach, high: mean + reach };
}

const sumOf = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0);

/** How many equal weights are worth as much as these: (Σw)²/Σw², rounded. */
export const effectiveCount = (weights: Float64Array): number =>
  Math.max(1, Math.round(sumOf(weights) ** 2 / weights.reduce((sum, w) => sum + w * w, 0)));

/** The sum of the squares of each group's weighted deviation from the mean, and the number of groups. Without groups, each row is one. */
function deviationsOf(values: Float64Array, mean: number, { groups, weights }: Sampling) {
  const apart = values.map((x, row) => (weights ? weights[row]! * (x - mean) : x - mean));
  const sums = groups ? sumsByGroup(apart, groups) : apart;
  const squares = sums.reduce((sum, x) => sum + x * x, 0);
  const ofGroups = weights && groups ? sumsByGroup(weights, groups) : weights;
  return { squares, count: ofGroups ? effectiveCount(ofGroups) : sums.length };
}

function sumsByGroup(values: Float64Array, groups: Float64Array): Float64Array {
  const sums = new Map<number, number>();
  for (const [row, group] of groups.entries()) sums.set(group, (sums.get(group) ?? 0) + values[row]!);
  return Float64Array.from(sums.values());
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
function shareOf(hits: Float64Array, sampling: Sampling): Estimate {
  const { value: p } = meanOf(hits, sampling);
  const [n, z] = effectiveRows(hits, p, sampling);
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const reach = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return { value: p, low: centre - reach, high: centre + reach };
}

/** How many independent rows would make a share as uncertain as weighted rows of groups do, and the quantile of its interval. */
function effectiveRows(hits: Float64Array, p: number, sampling: Sampling): [rows: number, quantile: number] {
  const { groups, weights } = sampling;
  const [most, total] = weights ? [effectiveCount(weights), sumOf(weights)] : [hits.length, hits.length];
  if (!groups) return [most, 1.96];
  const { squares, count } = deviationsOf(hits, p, sampling);
  const variance = (squares * count) / Math.max(1, count - 1) / total ** 2;
  const rows = variance > 0 ? Math.min((p * (1 - p)) / variance, most) : count;
  return [rows, studentQuantile(count - 1)];
}

/** A monotone function of an estimate. */
function mapped({ value, low, high }: Estimate, f: (x: number) => number): Estimate {
  const [a, b] = [f(low), f(high)];
  return { value: f(value), low: Math.min(a, b), high: Math.max(a, b) };
}

/** The area under the curve of two classes with its interval. Left out if all rows have one class. */
function areaUnderCurve({ predictions, truths, groups, weights }: Predicted): { auc?: Estimate } {
  const scores = truths.map((_, row) => predictions[2 * row + 1]!);
  const [negatives, positives] = [0, 1].map((one) => countOf(one, truths, weights)) as [number, number];
  if (positives === 0 || negatives === 0) return {};
  const area = score('auc', scores, truths, { weights });
  const reach = groups
    ? reachOverGroups(scores, truths, groups, weights)
    : 1.96 * Math.sqrt(Math.max(areaVariance(area, positives, negatives), 0));
  return { auc: { value: area, low: Math.max(0, area - reach), high: Math.min(1, area + reach) } };
}

/** The number of rows of a class; with weights, how many equal ones are worth as much. */
function countOf(one: number, truths: Float64Array, weights: Float64Array | undefined): number {
  const of = weights
    ? weights.filter((weight, row) => truths[row] === one && weight > 0)
    : truths.filter((truth) => truth === one);
  return weights && of.length > 0 ? effectiveCount(of) : of.length;
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
function reachOverGroups(
  scores: Float64Array,
  truths: Float64Array,
  groups: Float64Array,
  weights: Float64Array | undefined,
): number {
  const places = new Map(Array.from(new Set(groups), (group, i) => [group, i]));
  const parts = Math.min(places.size, mostParts);
  const areas: number[] = [];
  for (let part = 0; part < parts; ++part) {
    const isLeft = (_: number, row: number) => places.get(groups[row]!)! % parts !== part;
    const [some, ofSome, weighed] = [scores.filter(isLeft), truths.filter(isLeft), weights?.filter(isLeft)];
    if ([0, 1].every((one) => countOf(one, ofSome, weighed) > 0))
      areas.push(score('auc', some, ofSome, { weights: weighed }));
  }
  const mean = areas.reduce((sum, x) => sum + x, 0) / areas.length;
  const squares = areas.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return areas.length < 2 ? 1 : studentQuantile(parts - 1) * Math.sqrt((squares * (areas.length - 1)) / areas.length);
}
