import { newArray } from '../../../errors.js';
import { quantileOf } from '../../quantiles.js';
import type { Target } from '../../target.js';
import { type Estimate, meanOf } from '../estimates.js';
import { decidedOf, lossesOf, type Predicted, scoresOf } from '../scores.js';

/** Predictions for rows by models that were not trained on them. */
export interface Opinion {
  readonly target: Target;
  /** The rows, by their numbers in the source of the table. */
  readonly rows: Uint32Array;
  readonly predicted: Predicted;
}

/** How two opinions differ on the rows that both have. */
export interface Comparison {
  /** The number of these rows. */
  readonly rows: number;
  /** How much larger the loss of the second one is, on average. */
  readonly fall: Estimate;
  /** The mean loss of the best constant for these rows. */
  readonly constant: number;
  /** The name of the score that people look at, and its values. */
  readonly score: 'accuracy' | 'meanAbsoluteError';
  readonly first: Estimate;
  readonly second: Estimate;
}

/**
 * @param groupOf A number for each row, the same for rows that may be alike.
 * @param classLoss What counts for classes. The probabilities of a few nearest rows are too coarse for the log loss.
 */
export function compared(
  first: Opinion,
  second: Opinion,
  groupOf?: (row: number) => number,
  classLoss: ClassLoss = 'log loss',
): Comparison {
  const places = new Map(Array.from(second.rows, (row, place) => [row, place]));
  const own = Array.from(first.rows.keys()).filter((place) => places.has(first.rows[place]!));
  const groups = groupOf && Float64Array.from(own, (place) => groupOf(first.rows[place]!));
  const [a, b] = [
    selected(first, own, groups),
    selected(
      second,
      own.map((place) => places.get(first.rows[place]!)!),
      groups,
    ),
  ];
  const [lossesA, lossesB] = [errorsOf(first.target, a, classLoss), errorsOf(second.target, b, classLoss)];
  const score = first.target.task === 'regression' ? 'meanAbsoluteError' : 'accuracy';
  return {
    rows: own.length,
    fall: meanOf(
      lossesB.map((loss, i) => loss - lossesA[i]!),
      { groups },
    ),
    constant: lossOfConstant(first.target, a.truths, classLoss),
    score,
    first: scoresOf(first.target, a)[score]!,
    second: scoresOf(second.target, b)[score]!,
  };
}

function selected({ target, predicted }: Opinion, rows: readonly number[], groups?: Float64Array): Predicted {
  const width = target.task === 'regression' ? 1 : target.classes.length;
  const predictions = newArray(Float64Array, rows.length * width);
  for (const [i, row] of rows.entries())
    predictions.set(predicted.predictions.subarray(row * width, (row + 1) * width), i * width);
  return { predictions, truths: Float64Array.from(rows, (row) => predicted.truths[row]!), groups };
}

type ClassLoss = 'log loss' | 'mistakes';

/** The loss of each row. Of numbers it is the absolute error, which a few large values don't dominate. */
function errorsOf(target: Target, predicted: Predicted, classLoss: ClassLoss): Float64Array {
  if (target.task === 'regression') return lossesOf(target, predicted).map(Math.sqrt);
  if (classLoss === 'log loss') return lossesOf(target, predicted);
  const decided = decidedOf(predicted, target.classes.length);
  return predicted.truths.map((truth, row) => (decided[row] === truth ? 0 : 1));
}

function lossOfConstant(target: Target, truths: Float64Array, classLoss: ClassLoss): number {
  if (target.task === 'regression') {
    const middle = quantileOf(truths.slice().sort(), 0.5);
    return truths.reduce((sum, x) => sum + Math.abs(x - middle), 0) / truths.length;
  }
  const shares = target.classes.map((_, one) => truths.filter((truth) => truth === one).length / truths.length);
  if (classLoss === 'mistakes') return 1 - Math.max(...shares);
  return -shares.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);
}
