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
  /** Numbers, or indices of classes. */
  readonly truths: Float64Array;
}

/** The loss of each row: the squared error, or −ln of the probability of its class. */
export function lossesOf(target: Target, { predictions, truths }: Predicted): Float64Array {
  if (target.task === 'regression') return truths.map((truth, row) => (predictions[row]! - truth) ** 2);
  const width = target.classes.length;
  return truths.map((truth, row) => -Math.log(Math.max(predictions[row * width + truth]!, 1e-15)));
}

/** The scores of predictions: RMSE, mean absolute error and R², or accuracy, log loss and, of two classes, AUC. */
export function scoresOf(target: Target, predicted: Predicted): TableScores {
  const { predictions, truths } = predicted;
  const losses = lossesOf(target, predicted);
  if (target.task === 'regression') {
    const squares = meanOf(losses);
    const moments = new Moments();
    moments.add(truths);
    const variance = moments.squares / moments.count;
    return {
      rootMeanSquaredError: mapped(squares, (x) => Math.sqrt(Math.max(x, 0))),
      meanAbsoluteError: mapped(meanOf(truths.map((truth, row) => Math.abs(predictions[row]! - truth))), (x) =>
        Math.max(x, 0),
      ),
      r2: mapped(squares, (x) => 1 - x / variance),
    };
  }
  const width = target.classes.length;
  const hits = truths.map((truth, row) => (bestOf(predictions, row * width, width) === truth ? 1 : 0));
  return {
    accuracy: shareOf(hits),
    logLoss: mapped(meanOf(losses), (x) => Math.max(x, 0)),
    ...(width === 2 ? areaUnderCurve(predictions, truths) : {}),
  };
}

/** The mean with an interval of ± `quantile` standard errors. */
export function meanOf(values: Float64Array, quantile = 1.96): Estimate {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, values.length - 1);
  const reach = quantile * Math.sqrt(variance / values.length);
  return { value: mean, low: mean - reach, high: mean + reach };
}

/** A share with Wilson's interval, which stays within 0 and 1. */
function shareOf(hits: Float64Array): Estimate {
  const n = hits.length;
  const p = hits.reduce((sum, hit) => sum + hit, 0) / n;
  const z = 1.96;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const reach = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return { value: p, low: centre - reach, high: centre + reach };
}

/** A monotone function of an estimate. */
function mapped({ value, low, high }: Estimate, f: (x: number) => number): Estimate {
  const [a, b] = [f(low), f(high)];
  return { value: f(value), low: Math.min(a, b), high: Math.max(a, b) };
}

/** The area under the curve, with the interval of Hanley & McNeil 1982. Left out if all rows have one class. */
function areaUnderCurve(predictions: Float64Array, truths: Float64Array): { auc?: Estimate } {
  const positives = truths.reduce((sum, truth) => sum + truth, 0);
  const negatives = truths.length - positives;
  if (positives === 0 || negatives === 0) return {};
  const area = score(
    'auc',
    truths.map((_, row) => predictions[2 * row + 1]!),
    truths,
  );
  const [q1, q2] = [area / (2 - area), (2 * area * area) / (1 + area)];
  const variance =
    (area * (1 - area) + (positives - 1) * (q1 - area * area) + (negatives - 1) * (q2 - area * area)) /
    (positives * negatives);
  const reach = 1.96 * Math.sqrt(Math.max(variance, 0));
  return { auc: { value: area, low: Math.max(0, area - reach), high: Math.min(1, area + reach) } };
}
