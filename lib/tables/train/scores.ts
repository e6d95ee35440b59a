import { Moments } from '../moments.js';
import type { Sampling } from '../sampling.js';
import { bestOf, type Class, type NumberTarget, type Target } from '../target.js';
import { headOf } from '../targets/heads.js';
import { balancedAccuracyOf, type ClassScores, classScoresOf, type Decided } from './class_scores.js';
import { type Estimate, mapped, meanOf, shareOf } from './estimates.js';
import { scoresOfQuantiles } from './quantile_scores.js';
import { areaUnderCurve, averagePrecision, type Ranked } from './ranking_scores.js';

/** Scores on rows that were not trained on. */
export type TableScores = Readonly<Record<string, Estimate>>;

/** Predictions for some rows and the true values: numbers, or probabilities of all classes. */
export interface Predicted extends Sampling {
  /** Numbers in the units of the table, or the probabilities of all classes, row by row. */
  readonly predictions: Float64Array;
  /** Numbers, or indices of classes; −1 for a class that training has not seen. */
  readonly truths: Float64Array;
  /** The number of the model that predicted each row. Undefined: one model predicted all. */
  readonly models?: Float64Array | undefined;
  /** For classes: the index of the class that is predicted for each row. Default: of the most probable one. */
  readonly decided?: Float64Array | undefined;
}

/** Stands for a class that training has not seen. No prediction of such a row is right. */
export const unseenClass = -1;

/** The loss of each row: the squared error, or −ln of the probability of its class, or that of the option `loss` or `quantiles`. */
export const lossesOf = (target: Target, { predictions, truths }: Predicted): Float64Array =>
  headOf(target).losses(predictions, truths);

/** The class that is predicted for each row, by its index. */
export const decidedOf = ({ predictions, truths, decided }: Predicted, width: number): Float64Array =>
  decided ?? truths.map((_, row) => bestOf(predictions, row * width, width));

/** The rarer one of two classes, by its index; the second one if both have as many rows or as much weight. */
export function rarerOf({ truths, weights }: Predicted): 0 | 1 {
  const counts = [0, 0];
  for (const [row, truth] of truths.entries()) if (truth !== unseenClass) counts[truth]! += weights ? weights[row]! : 1;
  return counts[0]! < counts[1]! ? 0 : 1;
}

/**
 * The scores of predictions: RMSE, mean absolute error and R² (left out if all true values are equal), or accuracy, balanced
 * accuracy, log loss and, of two classes, AUC and average precision. Only the accuracy counts rows whose class training has not
 * seen.
 *
 * @param positive Of two classes, the one whose average precision is computed, by its index. Default: the rarer one.
 */
export function scoresOf(target: Target, predicted: Predicted, positive?: number): TableScores {
  const scores =
    target.task === 'classification'
      ? scoresOfClasses(target, target.classes.length, predicted, positive)
      : target.quantiles
        ? scoresOfQuantiles(target.quantiles, predicted)
        : scoresOfNumbers(target, predicted);
  return Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, withinBounds(name, score)]));
}

function scoresOfNumbers(target: NumberTarget, predicted: Predicted): TableScores {
  const { predictions, truths } = predicted;
  const squares = meanOf(
    truths.map((truth, row) => (predictions[row]! - truth) ** 2),
    predicted,
  );
  const moments = new Moments();
  moments.add(truths, predicted.weights);
  const variance = moments.squares / moments.count;
  const errors = truths.map((truth, row) => Math.abs(predictions[row]! - truth));
  return {
    rootMeanSquaredError: mapped(squares, (x) => Math.sqrt(Math.max(x, 0))),
    meanAbsoluteError: meanOf(errors, predicted),
    ...(variance > 0 ? { r2: mapped(squares, (x) => 1 - x / variance) } : {}),
    ...(target.loss === 'poisson' ? { poissonDeviance: meanOf(lossesOf(target, predicted), predicted) } : {}),
  };
}

function scoresOfClasses(
  target: Target,
  width: number,
  predicted: Predicted,
  positive: number | undefined,
): TableScores {
  const { truths } = predicted;
  const decided = decidedOf(predicted, width);
  const hits = truths.map((truth, row) => (decided[row] === truth ? 1 : 0));
  const accuracy = shareOf(hits, predicted);
  const seen = ofSeenClasses({ ...predicted, decided }, width);
  if (seen.truths.length === 0) return { accuracy };
  return {
    accuracy,
    balancedAccuracy: balancedAccuracyOf(width, seen)!,
    logLoss: meanOf(lossesOf(target, seen), seen),
    ...(width === 2 ? rankingScores(seen, positive ?? rarerOf(seen)) : {}),
  };
}

/** Scores of the order of the rows by their probability. Left out if all rows have one class. */
function rankingScores({ predictions, truths, groups, weights, models }: Predicted, positive: number): TableScores {
  const isPositive = truths.map((truth) => (truth === positive ? 1 : 0));
  const counts = (one: number) => isPositive.some((is, row) => is === one && (weights?.[row] ?? 1) > 0);
  if (!counts(0) || !counts(1)) return {};
  const scores = truths.map((_, row) => predictions[2 * row + positive]!);
  const ranked: Ranked = { scores, isPositive, groups, weights, models };
  const auc = areaUnderCurve(ranked);
  return { ...(auc && { auc }), averagePrecision: averagePrecision(ranked) };
}

/** The scores of each class. */
export interface ScoresByClass {
  /** For classes: precision, recall and F1 of each class. */
  readonly byClass?: readonly ClassScores[];
  /** Of two classes: the one that is rarer among the scored rows. The average precision is that of this class. */
  readonly positive?: Class;
}

/** The scores of each class. Rows whose class training has not seen count where they are predicted as another. */
export function scoresOfEachClass(target: Target, predicted: Predicted): ScoresByClass {
  if (target.task === 'regression') return {};
  const { classes } = target;
  const { truths, groups, weights } = predicted;
  return {
    byClass: classScoresOf(classes, { truths, groups, weights, decided: decidedOf(predicted, classes.length) }),
    ...(classes.length === 2 ? { positive: classes[rarerOf(predicted)]! } : {}),
  };
}

/** The scores that are at most 1. */
const atMostOne = ['r2', 'accuracy', 'balancedAccuracy', 'auc', 'averagePrecision'];

/** An estimate of a score by its name, of which the interval does not reach beyond what the score can be. */
export function withinBounds(name: string, estimate: Estimate): Estimate {
  const most = atMostOne.includes(name) || name.startsWith('shareBelow') ? 1 : Number.POSITIVE_INFINITY;
  const least = name === 'r2' ? Number.NEGATIVE_INFINITY : 0;
  return mapped(estimate, (x) => Math.min(most, Math.max(least, x)));
}

/** The rows whose class training has seen. */
function ofSeenClasses(predicted: Predicted & Decided, width: number): Predicted & Decided {
  const { predictions, truths, groups, weights, models, decided } = predicted;
  if (!truths.includes(unseenClass)) return predicted;
  const isSeen = (_: number, row: number) => truths[row] !== unseenClass;
  return {
    predictions: predictions.filter((x, i) => isSeen(x, Math.floor(i / width))),
    truths: truths.filter(isSeen),
    groups: groups?.filter(isSeen),
    weights: weights?.filter(isSeen),
    models: models?.filter(isSeen),
    decided: Float64Array.from(decided).filter(isSeen),
  };
}
