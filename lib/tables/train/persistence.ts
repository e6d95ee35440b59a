import { concatenated } from '../concatenated.js';

/** A time, and the mean over its rows of what they count as. */
interface Moment {
  readonly time: number;
  readonly mean: Float64Array;
}

/** What is known of the target at each time. */
class Past {
  readonly #moments: readonly Moment[];
  readonly #gap: number;

  /**
   * @param times The time of each row.
   * @param valuesOf What a row counts as: its number, or 1 at the place of its class.
   * @param gap How much earlier a value must be to be known.
   */
  constructor(times: Float64Array, width: number, valuesOf: (row: number) => Float64Array, gap: number) {
    const order = Uint32Array.from(times.keys()).sort((a, b) => times[a]! - times[b]! || a - b);
    const moments: Moment[] = [];
    for (let begin = 0; begin < order.length; ) {
      const time = times[order[begin]!]!;
      let end = begin;
      const mean = new Float64Array(width);
      for (; end < order.length && times[order[end]!] === time; ++end)
        for (const [i, x] of valuesOf(order[end]!).entries()) mean[i]! += x;
      moments.push({ time, mean: mean.map((sum) => sum / (end - begin)) });
      begin = end;
    }
    this.#moments = moments;
    this.#gap = gap;
  }

  /** The mean at the last time that is earlier by the gap; undefined if there is none. */
  before(time: number): Float64Array | undefined {
    const isKnown = ({ time: then }: Moment) => then < time && then <= time - this.#gap;
    let [low, high] = [0, this.#moments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isKnown(this.#moments[middle]!)) low = middle + 1;
      else high = middle;
    }
    return this.#moments[low - 1]?.mean;
  }
}

/** The rows of a table by which persistence learns and predicts. */
export interface TimedRows {
  readonly times: Float64Array;
  readonly truths: Float64Array;
}

/** The rows of several parts, in order. */
export const joinedRows = (parts: readonly TimedRows[]): TimedRows => ({
  times: concatenated(
    Float64Array,
    parts.map(({ times }) => times),
  ),
  truths: concatenated(
    Float64Array,
    parts.map(({ truths }) => truths),
  ),
});

/**
 * The target's last earlier number for each of some times; the mean of the rows of that time if there are several.
 *
 * @param all The rows of the whole table.
 * @param otherwise The prediction where no earlier number is known.
 */
export function lastNumbers(all: TimedRows, times: Float64Array, gap: number, otherwise: number): Float64Array {
  const past = new Past(all.times, 1, (row) => all.truths.subarray(row, row + 1), gap);
  return times.map((time) => past.before(time)?.[0] ?? otherwise);
}

/**
 * The probabilities of the classes for each of some times, given the last earlier class: how often each class followed that one
 * among the training rows. Each class counts once more, divided as the classes are in `shares`.
 *
 * @param shares The share of each class among the training rows.
 */
export function followingClasses(
  all: TimedRows,
  training: TimedRows,
  times: Float64Array,
  gap: number,
  shares: Float64Array,
): Float64Array {
  const width = shares.length;
  const past = new Past(all.times, width, (row) => shares.map((_, j) => (j === all.truths[row] ? 1 : 0)), gap);
  const counts = Array.from({ length: width }, () => shares.slice());
  for (const [row, truth] of training.truths.entries())
    for (const [last, share] of past.before(training.times[row]!)?.entries() ?? []) counts[last]![truth]! += share;
  const following = counts.map((list) => {
    const sum = list.reduce((total, count) => total + count, 0);
    return list.map((count) => count / sum);
  });
  const predictions = new Float64Array(times.length * width);
  for (const [row, time] of times.entries()) {
    const last = past.before(time) ?? shares;
    for (let j = 0; j < width; ++j)
      predictions[row * width + j] = last.reduce((sum, share, i) => sum + share * following[i]![j]!, 0);
  }
  return predictions;
}
