import type { Sampling } from '../sampling.js';
import { type Estimate, effectiveCount, fractionOf } from './estimates.js';

/** Scores of one class against the other: how well the rows are ordered by their probability of the first one. */
export interface Ranked extends Sampling {
  /** The probability of the positive class for each row. */
  readonly scores: Float64Array;
  /** 1 for rows of the positive class, 0 for others. */
  readonly isPositive: Float64Array;
  /**
   * The number of the model that predicted each row. Undefined: one model predicted all. Only rows of the same model are compared:
   * models that were trained on different rows have different means, which would order the rows by themselves.
   */
  readonly models?: Float64Array | undefined;
}

/** Rows of equal scores, with the weights of both classes up to and including them, from the greatest score on. */
interface Step {
  readonly rows: Uint32Array;
  readonly positives: number;
  readonly negatives: number;
  readonly positivesSoFar: number;
  readonly negativesSoFar: number;
}

/** The steps of the rows of each model. */
function stepsOfModels(ranked: Ranked): Step[][] {
  const { scores, models } = ranked;
  const rows = Uint32Array.from(scores.keys());
  const names = models ? [...new Set(models)] : [0];
  return names.map((name) => stepsOf(ranked, models ? rows.filter((row) => models[row] === name) : rows));
}

function stepsOf({ scores, isPositive, weights }: Ranked, rows: Uint32Array): Step[] {
  const order = rows.sort((a, b) => scores[b]! - scores[a]!);
  const steps: Step[] = [];
  let [positivesSoFar, negativesSoFar] = [0, 0];
  for (let begin = 0; begin < order.length; ) {
    let end = begin;
    let [positives, negatives] = [0, 0];
    for (; end < order.length && scores[order[end]!] === scores[order[begin]!]; ++end) {
      const weight = weights ? weights[order[end]!]! : 1;
      if (isPositive[order[end]!] === 1) positives += weight;
      else negatives += weight;
    }
    positivesSoFar += positives;
    negativesSoFar += negatives;
    steps.push({ rows: order.subarray(begin, end), positives, negatives, positivesSoFar, negativesSoFar });
    begin = end;
  }
  return steps;
}

/** The number of rows of the smaller class; with weights, how many equal ones are worth as much. */
const fewestOf = ({ isPositive, weights }: Ranked): number =>
  Math.min(
    ...[0, 1].map((one) =>
      effectiveCount(isPositive.map((is, row) => (is === one ? (weights ? weights[row]! : 1) : 0))),
    ),
  );

/**
 * The area under the ROC curve: how often a row of the positive class has a greater score than one of the other, where equal
 * scores count half. Its interval is that of DeLong, DeLong & Clarke-Pearson 1988, of groups as in Obuchowski 1997. Undefined if no
 * model predicted rows of both classes.
 */
export function areaUnderCurve(ranked: Ranked): Estimate | undefined {
  const { isPositive, weights } = ranked;
  const ofModels = stepsOfModels(ranked).map((steps) => ({ steps, ...totalsOf(steps) }));
  const winsOf = ({ positives, negatives, negativesSoFar }: Step, all: number) =>
    positives * (all - negativesSoFar + negatives / 2);
  let [wins, pairs] = [0, 0];
  for (const { steps, positives, negatives } of ofModels) {
    for (const step of steps) wins += winsOf(step, negatives);
    pairs += positives * negatives;
  }
  if (pairs === 0) return undefined;
  const area = wins / pairs;
  const influences = new Float64Array(isPositive.length);
  for (const { steps, positives, negatives } of ofModels)
    for (const step of steps) {
      const ofPositive = negatives - step.negativesSoFar + step.negatives / 2;
      const ofNegative = step.positivesSoFar - step.positives / 2;
      for (const row of step.rows)
        influences[row] =
          ((weights ? weights[row]! : 1) *
            (isPositive[row] === 1 ? ofPositive - area * negatives : ofNegative - area * positives)) /
          pairs;
    }
  return fractionOf(area, influences, ranked, fewestOf(ranked));
}

/** The weights of the rows of both classes. */
const totalsOf = (steps: readonly Step[]) => {
  const { positivesSoFar, negativesSoFar } = steps.at(-1)!;
  return { positives: positivesSoFar, negatives: negativesSoFar };
};

/**
 * Average precision: the mean over the rows of the positive class of the share of positives among rows of at least their score,
 * as scikit-learn's `average_precision_score`. A constant score has the share of positives.
 */
export function averagePrecision(ranked: Ranked): Estimate {
  const { isPositive, weights } = ranked;
  const ofModels = stepsOfModels(ranked);
  const positives = ofModels.reduce((sum, steps) => sum + totalsOf(steps).positives, 0);
  let value = 0;
  for (const step of ofModels.flat()) value += (step.positives * precisionAt(step)) / positives;
  const influences = new Float64Array(isPositive.length);
  for (const steps of ofModels) {
    // What a row changes of the precision at its own and all lower scores, if it is positive, and in any case.
    let [gained, lost] = [0, 0];
    for (const step of steps.toReversed()) {
      const all = step.positivesSoFar + step.negativesSoFar;
      if (all > 0) {
        gained += step.positives / all;
        lost += (step.positives * precisionAt(step)) / all;
      }
      for (const row of step.rows) {
        const own = isPositive[row] === 1 ? precisionAt(step) - value + gained : 0;
        influences[row] = ((weights ? weights[row]! : 1) * (own - lost)) / positives;
      }
    }
  }
  return fractionOf(value, influences, ranked, fewestOf(ranked));
}

/** The share of positives among the rows of at least the score of a step; 0 if none of these counts. */
const precisionAt = ({ positivesSoFar, negativesSoFar }: Step): number =>
  positivesSoFar === 0 ? 0 : positivesSoFar / (positivesSoFar + negativesSoFar);
