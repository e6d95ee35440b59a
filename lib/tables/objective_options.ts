import { type Checks, oneOf } from '../checks/checked_options.js';
import { isPlainObject } from '../checks/kinds.js';
import { refuse } from '../checks/options.js';
import { checkNumber, positive } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkLevels } from '../losses/quantile.js';
import { checkColumnName } from './column.js';

/** What training minimises. */
export interface ObjectiveOptions {
  /**
   * What is minimised. For numbers: `'squared'`, by which the mean is predicted; `'absolute'`, the median; `'huber'`, between both,
   * so that outliers count less; `'poisson'`, for counts or rates ≥ 0, whose predictions are never negative. For classes: `'focal'`
   * with γ = 2, for few rows of interest among many that are easy; probabilities are corrected for it. Default: squared errors,
   * or the log loss.
   */
  readonly loss?: 'squared' | 'absolute' | 'huber' | 'poisson' | 'focal' | undefined;
  /**
   * Levels of quantiles in (0, 1) in ascending order, such as `[0.1, 0.5, 0.9]`: in place of a number, these quantiles of it are
   * predicted, `{ '0.1': …, '0.5': …, '0.9': … }`. They never cross. Default: one number is predicted.
   */
  readonly quantiles?: readonly number[] | undefined;
  /**
   * A column of numbers ≥ 0: how much each row counts in training, in the rows that decide when it ends, and in all scores. Rows
   * of weight 0 are left out. The default pipeline does not use the column. Default: all rows count the same.
   */
  readonly weight?: string | undefined;
  /**
   * How much the rows of each class count in training: `{ ill: 10 }`, where classes that are left out count 1, or `'balanced'`,
   * by which all classes count the same. They are what a mistake costs by the true class: the class with the greatest weight
   * times probability is predicted. Probabilities are those of the rows as they are. Default: all count 1.
   */
  readonly classWeights?: 'balanced' | Readonly<Record<string, number>> | undefined;
}

export const objectiveChecks = {
  loss: oneOf('squared', 'absolute', 'huber', 'poisson', 'focal'),
  quantiles: checkLevels,
  weight: checkColumnName,
  classWeights: checkClassWeights,
} satisfies Checks<ObjectiveOptions>;

function checkClassWeights(name: string, given: unknown): 'balanced' | Readonly<Record<string, number>> {
  if (given === 'balanced') return given;
  if (!isPlainObject(given)) throw invalid(name, '"balanced" or an object of weights by class', given);
  const list = Object.entries(given).map(([one, weight]) => [one, checkNumber(`${name}.${one}`, weight, positive)]);
  return Object.fromEntries(list);
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for options that exclude each other. */
export function checkObjective(where: string, { loss, quantiles }: ObjectiveOptions): void {
  refuse([
    [
      loss !== undefined && quantiles !== undefined,
      `${where}: loss and quantiles exclude each other, because quantiles have a loss of their own`,
    ],
  ]);
}
