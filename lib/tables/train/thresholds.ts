import { type Predicted, rarerOf } from './scores.js';

/**
 * What a threshold shall make small, from the weight of the rows of each class that are predicted as the second class. `theory` is
 * the best threshold if the probabilities are exact; it decides among equally good ones.
 */
export interface Criterion {
  readonly theory: number;
  loss(rows: CountedRows): number;
}

/** The weights of rows of two classes, and of those that are predicted as the second one. */
export interface CountedRows {
  readonly first: number;
  readonly second: number;
  readonly firstAsSecond: number;
  readonly secondAsSecond: number;
}

/** The cost of all rows. The matrix has the cost of each prediction by true class. */
export function costCriterion(matrix: readonly (readonly number[])[]): Criterion {
  const [[right0, wrong0], [wrong1, right1]] = matrix as [[number, number], [number, number]];
  const [extra0, extra1] = [wrong0 - right0, wrong1 - right1];
  const theory = extra0 / (extra0 + extra1); // Elkan 2001, equation 2
  return {
    theory: theory > 0 && theory < 1 ? theory : 0.5,
    loss: ({ first, second, firstAsSecond, secondAsSecond }) =>
      right0 * (first - firstAsSecond) +
      wrong0 * firstAsSecond +
      wrong1 * (second - secondAsSecond) +
      right1 * secondAsSecond,
  };
}

/** 1 − balanced accuracy. If the probabilities are exact, the share of the second class is the best threshold. */
export function balancedCriterion(rows: Predicted): Criterion {
  const { first, second } = countedAbove(rows, 2);
  return {
    theory: clipped(second / (first + second)),
    loss: ({ firstAsSecond, secondAsSecond }) => (firstAsSecond / first + 1 - secondAsSecond / second) / 2,
  };
}

/** 1 − F1 of the rarer class. */
export function f1Criterion(rows: Predicted): Criterion {
  const isSecond = rarerOf(rows) === 1;
  return {
    theory: 0.5,
    loss: ({ first, second, firstAsSecond, secondAsSecond }) => {
      const hits = isSecond ? secondAsSecond : first - firstAsSecond;
      const [of, as] = isSecond
        ? [second, firstAsSecond + secondAsSecond]
        : [first, first - firstAsSecond + second - secondAsSecond];
      return of + as === 0 ? 1 : 1 - (2 * hits) / (of + as);
    },
  };
}

const clipped = (p: number): number => (p > 0 && p < 1 ? p : 0.5);

/** The rows that a threshold predicts as the second class, and all. */
export function countedAbove({ predictions, truths, weights }: Predicted, threshold: number): CountedRows {
  let [first, second, firstAsSecond, secondAsSecond] = [0, 0, 0, 0];
  for (const [row, truth] of truths.entries()) {
    const weight = weights ? weights[row]! : 1;
    const isAbove = predictions[2 * row + 1]! >= threshold;
    if (truth === 1) second += weight;
    else first += weight;
    if (isAbove && truth === 1) secondAsSecond += weight;
    else if (isAbove) firstAsSecond += weight;
  }
  return { first, second, firstAsSecond, secondAsSecond };
}

/** A range of thresholds, above `low` and up to `high`, that make the same predictions. */
interface Range {
  readonly low: number;
  readonly high: number;
  readonly loss: number;
}

/** All different predictions that thresholds between 0 and 1 can make, from that with no row of the second class on. */
function rangesOf(rows: Predicted, criterion: Criterion): Range[] {
  const { predictions, truths, weights } = rows;
  const scores = truths.map((_, row) => predictions[2 * row + 1]!);
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const { first, second } = countedAbove(rows, 2);
  let [firstAsSecond, secondAsSecond] = [0, 0];
  const ranges: Range[] = [];
  let high = 1;
  for (let place = 0; place <= order.length; ) {
    const low = place < order.length ? scores[order[place]!]! : 0;
    if (low < high) ranges.push({ low, high, loss: criterion.loss({ first, second, firstAsSecond, secondAsSecond }) });
    if (place === order.length) break;
    for (; place < order.length && scores[order[place]!] === low; ++place) {
      const row = order[place]!;
      if (truths[row] === 1) secondAsSecond += weights ? weights[row]! : 1;
      else firstAsSecond += weights ? weights[row]! : 1;
    }
    high = low;
  }
  return ranges;
}

/**
 * The threshold with the least loss over some rows, of all that there are. Of equally good ones, that nearest to the theory: the
 * theory itself if it is one of them, else the middle of the nearest range that makes the same predictions.
 */
export function bestThreshold(rows: Predicted, criterion: Criterion): number {
  const { theory } = criterion;
  const ranges = rangesOf(rows, criterion).filter(({ loss }) => !Number.isNaN(loss));
  const least = ranges.reduce((smallest, { loss }) => Math.min(smallest, loss), Number.POSITIVE_INFINITY);
  const tolerance = 1e-12 * Math.abs(least);
  const farFrom = ({ low, high }: Range) => Math.max(0, low - theory, theory - high);
  const best = ranges
    .filter(({ loss }) => loss <= least + tolerance)
    .reduce<Range | undefined>((near, range) => (near && farFrom(near) <= farFrom(range) ? near : range), undefined);
  if (!best) return theory;
  return best.low < theory && theory <= best.high ? theory : (best.low + best.high) / 2;
}
