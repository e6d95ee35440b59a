import { type CheckedOptions, type Checks, numberIn } from '../checks/checked_options.js';
import { isPlainObject } from '../checks/kinds.js';
import { refuse } from '../checks/options.js';
import { own } from '../checks/own.js';
import { checkNumber, nonNegative, openInterval } from '../checks/ranges.js';
import { invalid, quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { bestOf, type Target } from './target.js';

/** How a class is chosen from the probabilities of all classes. Default: the most probable one. */
export interface DecisionOptions {
  /**
   * For two classes: the second one is predicted from this probability on, above 0 and below 1. A smaller threshold finds more
   * rows of the second class, and takes more rows of the first one for it.
   */
  readonly threshold?: number | undefined;
  /**
   * What a mistake costs: `{ ill: { healthy: 10 } }` if taking an ill person for healthy costs 10. Mistakes that are left out
   * cost 1, right predictions 0. The class with the least expected cost is predicted (Elkan 2001, section 1).
   */
  readonly costs?: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined;
}

/** What a mistake costs, by true and predicted class. */
export type MistakeCosts = DecisionOptions['costs'] & {};

export const decisionChecks = {
  threshold: numberIn(openInterval(0, 1)),
  costs: checkCosts,
} satisfies Checks<DecisionOptions>;

function checkCosts(name: string, costs: unknown): MistakeCosts {
  if (!isPlainObject(costs)) throw invalid(name, 'an object of costs by true and predicted class', costs);
  return Object.fromEntries(
    Object.entries(costs).map(([truth, of]) => {
      if (!isPlainObject(of)) throw invalid(`${name}.${truth}`, 'an object of costs by predicted class', of);
      const list = Object.entries(of).map(([one, cost]) => [
        one,
        checkNumber(`${name}.${truth}.${one}`, cost, nonNegative),
      ]);
      return [truth, Object.fromEntries(list)];
    }),
  );
}

/** Chooses a class from the probabilities from `at` on. */
export type Decide = (probabilities: Float64Array, at: number) => number;

/**
 * How a model decides with these options; undefined if they leave it as it is.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for options that don't fit the target.
 */
export function decisionOf(
  where: string,
  target: Target,
  { threshold, costs }: CheckedOptions<typeof decisionChecks>,
): Decide | undefined {
  if (threshold === undefined && costs === undefined) return undefined;
  const classes = target.task === 'regression' ? [] : target.classes.map(String);
  refuse([
    [target.task === 'regression', `${where}: threshold and costs are for classes, but the model predicts a number`],
    [threshold !== undefined && costs !== undefined, `${where}: threshold and costs exclude each other`],
    [
      threshold !== undefined && classes.length !== 2,
      `${where}: threshold is for two classes, but the model has ${classes.length}; give costs`,
    ],
  ]);
  if (threshold !== undefined) return (probabilities, at) => (probabilities[at + 1]! >= threshold ? 1 : 0);
  const width = classes.length;
  const matrix = costMatrix(classes, costs!);
  const gains = new Float64Array(width);
  return (probabilities, at) => {
    for (let predicted = 0; predicted < width; ++predicted) {
      gains[predicted] = 0;
      for (let truth = 0; truth < width; ++truth)
        gains[predicted]! -= probabilities[at + truth]! * matrix[truth]![predicted]!;
    }
    return bestOf(gains, 0, width);
  };
}

/**
 * The cost of each prediction by true class.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for a class that there is not.
 */
export function costMatrix(classes: readonly string[], costs: MistakeCosts): number[][] {
  for (const name of [...Object.keys(costs), ...Object.values(costs).flatMap((of) => Object.keys(of))])
    if (!classes.includes(name))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `costs: the model has no class ${quoted(name)}; its classes are ${classes.join(', ')}`,
      );
  return classes.map((truth) => classes.map((one) => own(own(costs, truth) ?? {}, one) ?? (truth === one ? 0 : 1)));
}

/** How a model chooses among classes unless it is asked for something else. Plain data, part of its file. */
export interface ModelDecision {
  /** Of two classes, the second one is predicted from this probability on. */
  readonly threshold?: number | undefined;
  /** What mistakes cost. They decide if there is no threshold. */
  readonly costs?: MistakeCosts | undefined;
}

/** How a model decides by itself; undefined if it predicts the most probable class. */
export const usualDecision = (where: string, target: Target, decision: ModelDecision | undefined): Decide | undefined =>
  decision &&
  decisionOf(where, target, decision.threshold === undefined ? decision : { threshold: decision.threshold });
