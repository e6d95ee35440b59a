import { type Ranks, together } from '../../distributed/ranks.js';
import { Random } from '../../numbers/random.js';
import { concatenated } from '../concatenated.js';

/** The most intervals between the smallest and the largest training value, each with about the same number of rows. */
const mostIntervals = 20;

/** The fewest intervals, and how many rows each of them should have: with fewer, chance alone makes large distances. */
const [fewestIntervals, rowsPerInterval] = [4, 30];

/** The most values that are sorted. */
const mostSorted = 65_536;

/** The margin beyond the training values if half of them are equal, as a fraction of their range. */
const smallMargin = 0.1;

/**
 * Numbers of the training rows. A new value is below all of them, in one of the intervals, or above. By chance alone, it is
 * below with a probability of 1/(rows + 1). So the count of "below" is 1 if the smallest value is unique, and that of "above"
 * likewise: this is where the row would be if it were new.
 */
export interface NumberDistribution {
  /** Rows below, in each interval, above, and without a value. */
  readonly counts: readonly number[];
  /** The ends of the intervals, ascending, from the smallest to the largest training value. Intervals are closed above. */
  readonly edges: readonly number[];
  /** Limits beyond the range of the training values by their interquartile range. */
  readonly low: number;
  readonly high: number;
}

/** The bin of a number: 0 below, 1 for the first interval, and so on. */
export function binOfNumber(edges: ArrayLike<number>, x: number): number {
  const last = edges.length - 1;
  if (x < edges[0]!) return 0;
  if (x > edges[last]!) return Math.max(1, last) + 1;
  let [low, high] = [0, last]; // the first edge ≥ x
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! >= x) high = middle;
    else low = middle + 1;
  }
  return Math.max(1, low);
}

/** The number of bins: those of {@link binOfNumber}, and one for missing values. */
export const binsFor = (edges: ArrayLike<number>): number => Math.max(1, edges.length - 1) + 3;

/**
 * The distribution of numbers, NaN for missing ones; undefined if all are missing. If each rank has a part of the numbers, all
 * ranks call this together.
 */
export async function numbersOfRows(
  values: Float64Array,
  ranks: Ranks | undefined,
): Promise<NumberDistribution | undefined> {
  const present = values.filter((value) => !Number.isNaN(value));
  const total = (await together(ranks, present.length)).reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const samples = await together(ranks, sampleOf(present, Math.max(1, total / mostSorted)));
  const sorted = concatenated(Float64Array, samples).sort();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  const intervals = Math.max(fewestIntervals, Math.min(mostIntervals, Math.floor(total / rowsPerInterval)));
  const edges = Array.from({ length: intervals + 1 }, (_, i) => at(i / intervals)).filter(
    (edge, i, all) => i === 0 || edge > all[i - 1]!,
  );
  const parts = await together(ranks, countsOf(values, edges));
  const counts = parts[0]!.counts.map((_, bin) => parts.reduce((sum, part) => sum + part.counts[bin]!, 0));
  const isUnique = (end: 'smallest' | 'largest') => parts.reduce((sum, part) => sum + part[end], 0) === 1;
  const above = counts.length - 2;
  if (edges.length > 1 && isUnique('smallest')) move(counts, 1, 0);
  if (edges.length > 1 && isUnique('largest')) move(counts, above - 1, above);
  const [least, greatest] = [edges[0]!, edges.at(-1)!];
  const margin = at(0.75) - at(0.25) || smallMargin * (greatest - least);
  return { counts, edges, low: least - margin, high: greatest + margin };
}

function move(counts: number[], from: number, to: number): void {
  counts[from]! -= 1;
  counts[to]! += 1;
}

/** About every `distance`-th value, drawn at random, with the smallest and the largest. */
function sampleOf(present: Float64Array, distance: number): Float64Array {
  if (distance === 1 || present.length === 0) return present;
  const random = new Random(0);
  const sample: number[] = [];
  for (let begin = 0; begin < present.length; begin += distance)
    sample.push(present[Math.min(Math.floor(begin + random.uniform() * distance), present.length - 1)]!);
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of present) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return Float64Array.from([...sample, least, greatest]);
}

/** Rows by bin, and how many have the smallest and the largest value. */
function countsOf(values: Float64Array, edges: readonly number[]) {
  const counts = new Array<number>(binsFor(edges)).fill(0);
  let [smallest, largest] = [0, 0];
  for (const value of values) {
    counts[Number.isNaN(value) ? counts.length - 1 : binOfNumber(edges, value)]! += 1;
    if (value === edges[0]) smallest += 1;
    if (value === edges.at(-1)) largest += 1;
  }
  return { counts, smallest, largest };
}
