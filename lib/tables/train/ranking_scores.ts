import { type Estimate, effectiveCount, fractionOf, type Sampling } from './estimates.js';

/** Scores of one class against the other: how well the rows are ordered by their probability of the first one. */
export interface Ranked extends Sampling {
  /** The probability of the positive class for each row. */
  readonly scores: Float64Array;
  /** 1 for rows of the positive class, 0 for others. */
  readonly isPositive: Float64Array;
}

/** Rows of equal scores, with the weights of both classes up to and including them, from the greatest score on. */
interface Step {
  readonly rows: Uint32Array;
  readonly positives: number;
  readonly negatives: number;
  readonly positivesSoFar: number;
  readonly negativesSoFar: number;
}

function stepsOf({ scores, isPositive, weights }: Ranked): Step[] {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
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
 * scores count half. Its interval is that of DeLong, DeLong & Clarke-Pearson 1988, of groups as in Obuchowski 1997.
 */
export function areaUnderCurve(ranked: Ranked): Estimate {
  const { isPositive, weights } = ranked;
  const steps = stepsOf(ranked);
  const { positivesSoFar: positives, negativesSoFar: negatives } = steps.at(-1)!;
  let wins = 0;
  for (const step of steps) wins += step.positives * (negatives - step.negativesSoFar + step.negatives / 2);
  const area = wins / (positives * negatives);
  const influences = new Float64Array(isPositive.length);
  for (const step of steps) {
    const ofPositive = (negatives - step.negativesSoFar + step.negatives / 2) / negatives;
    const ofNegative = (step.positivesSoFar - step.positives / 2) / positives;
    for (const row of step.rows)
      influences[row] =
        (weights ? weights[row]! : 1) *
        (isPositive[row] === 1 ? (ofPositive - area) / positives : (ofNegative - area) / negatives);
  }
  return fractionOf(area, influences, ranked, fewestOf(ranked));
}

/**
 * Average precision: the mean over the rows of the positive class of the share of positives among rows of at least their score,
 * as scikit-learn's `average_precision_score`. A constant score has the share of positives.
 */
export function averagePrecision(ranked: Ranked): Estimate {
  const { isPositive, weights } = ranked;
  const steps = stepsOf(ranked);
  const positives = steps.at(-1)!.positivesSoFar;
  let value = 0;
  for (const step of steps) value += (step.positives * precisionAt(step)) / positives;
  const influences = new Float64Array(isPositive.length);
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
  return fractionOf(value, influences, ranked, fewestOf(ranked));
}

/** The share of positives among the rows of at least the score of a step; 0 if none of these counts. */
const precisionAt = ({ positivesSoFar, negativesSoFar }: Step): number =>
  positivesSoFar === 0 ? 0 : positivesSoFar / (positivesSoFar + negativesSoFar);
