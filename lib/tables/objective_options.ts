import type { Checks } from '../checks/checked_options.js';
import { isPlainObject } from '../checks/kinds.js';
import { checkNumber, positive } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkColumnName } from './column.js';

/** What training minimises. */
export interface ObjectiveOptions {
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
  weight: checkColumnName,
  classWeights: checkClassWeights,
} satisfies Checks<ObjectiveOptions>;

function checkClassWeights(name: string, given: unknown): 'balanced' | Readonly<Record<string, number>> {
  if (given === 'balanced') return given;
  if (!isPlainObject(given)) throw invalid(name, '"balanced" or an object of weights by class', given);
  const list = Object.entries(given).map(([one, weight]) => [one, checkNumber(`${name}.${one}`, weight, positive)]);
  return Object.fromEntries(list);
}
