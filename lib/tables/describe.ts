import { type Cell, type Column, lengthOfColumn, missingCode } from './column.js';
import type { DateForm } from './date_form.js';
import type { ColumnKind } from './kinds.js';
import { quantileOf } from './quantiles.js';
import { ambiguousForms } from './readers/date_columns.js';
import type { Field } from './source.js';

/** The most values that are sorted. Of more values, a sample at equal distances is sorted. */
const mostSorted = 1 << 22;

const mostFrequent = 5;
const bins = 12;

/** How many different values a column has. */
export interface Distinct {
  readonly count: number;
  /** Whether the count is exact. Otherwise it is estimated from a sample. */
  readonly isExact: boolean;
}

/** A value and the number of rows that have it. */
export interface Frequency {
  readonly value: Cell;
  readonly count: number;
}

/** Minimum, quartiles, maximum and mean of numbers or dates. */
export interface Spread<Value = number | Date> {
  readonly minimum: Value;
  readonly lowerQuartile: Value;
  readonly median: Value;
  readonly upperQuartile: Value;
  readonly maximum: Value;
  readonly mean: Value;
}

/** How many values are in each of some intervals of equal width from `from` to `to`. */
export interface Histogram {
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
}

export interface ColumnDescription extends Field {
  readonly kind: ColumnKind;
  /** Rows without a value. */
  readonly missing: number;
  readonly distinct: Distinct;
  /** For numbers and dates. The quantiles of many values come from a sample. */
  readonly quantiles?: Spread;
  /** For numbers and dates that are finite; dates as milliseconds since 1970. */
  readonly histogram?: Histogram;
  /** Forms of dates that all words of a column have, which is not read as dates because the order of day and month is open. */
  readonly ambiguous?: readonly DateForm[];
  /** The most frequent words or truth values. */
  readonly top?: readonly Frequency[];
}

/** Describes a column. */
export function describeColumn(name: string, column: Column, kind: ColumnKind): ColumnDescription {
  const form = column.type === 'word' ? undefined : column.form;
  const common = { name, type: column.type, kind, ...(form && { form }) };
  if (column.type === 'word') {
    const counts = new Uint32Array(column.words.size);
    let missing = 0;
    for (const code of column.codes)
      if (code === missingCode) missing += 1;
      else counts[code]! += 1;
    const ambiguous = ambiguousForms(column);
    return {
      ...common,
      missing,
      ...frequenciesOf(counts, (code) => column.words.word(code)),
      ...(ambiguous && { ambiguous }),
    };
  }
  const { missing, ...moments } = momentsOf(column.values);
  if (column.type === 'boolean') {
    const counts = Uint32Array.of(0, 0);
    for (const value of column.values) if (!Number.isNaN(value)) counts[value === 0 ? 0 : 1]! += 1;
    return { ...common, missing, ...frequenciesOf(counts, (code) => code === 1) };
  }
  const present = lengthOfColumn(column) - missing;
  if (present === 0) return { ...common, missing, distinct: { count: 0, isExact: true } };
  const sorted = sortedSample(column.values, present);
  const [lowerQuartile, median, upperQuartile] = [0.25, 0.5, 0.75].map((share) => quantileOf(sorted, share));
  const spread = { minimum: moments.minimum, lowerQuartile, median, upperQuartile, maximum: moments.maximum };
  const shownAs = (value: number) => (column.type === 'date' ? new Date(value) : value);
  return {
    ...common,
    missing,
    distinct: distinctOf(sorted, present),
    quantiles: mapped({ ...spread, mean: moments.sum / present } as Spread<number>, shownAs),
    histogram: histogramOf(column.values, moments.least, moments.greatest),
  };
}

const mapped = (spread: Spread<number>, change: (value: number) => number | Date): Spread =>
  Object.fromEntries(Object.entries(spread).map(([name, value]) => [name, change(value)])) as unknown as Spread;

/** The number of different values, and the most frequent ones. */
function frequenciesOf(counts: Uint32Array, cellOf: (code: number) => Cell) {
  const used = Array.from(counts.keys()).filter((code) => counts[code]! > 0);
  const top: number[] = [];
  for (const code of used) {
    if (top.length === mostFrequent && counts[code]! <= counts[top.at(-1)!]!) continue;
    const place = top.findIndex((other) => counts[other]! < counts[code]!);
    top.splice(place < 0 ? top.length : place, 0, code);
    top.length = Math.min(top.length, mostFrequent);
  }
  return {
    distinct: { count: used.length, isExact: true },
    top: top.map((code) => ({ value: cellOf(code), count: counts[code]! })),
  };
}

function momentsOf(values: Float64Array) {
  let [missing, sum] = [0, 0];
  let [minimum, maximum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]; // of the finite ones
  for (let row = 0; row < values.length; ++row) {
    const value = values[row]!;
    if (Number.isNaN(value)) {
      missing += 1;
      continue;
    }
    sum += value;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    if (value < least && value !== Number.NEGATIVE_INFINITY) least = value;
    if (value > greatest && value !== Number.POSITIVE_INFINITY) greatest = value;
  }
  return { missing, sum, minimum, maximum, least, greatest };
}

/** The sorted values that are not missing, or a sample of them at equal distances. */
function sortedSample(values: Float64Array, present: number): Float64Array {
  const distance = Math.ceil(present / mostSorted);
  const sample = new Float64Array(Math.ceil(present / distance));
  let seen = 0;
  for (let row = 0; row < values.length; ++row) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    if (seen % distance === 0) sample[seen / distance] = value;
    seen += 1;
  }
  return sample.sort();
}

/**
 * The number of different values. From a sample of r of n values it is estimated as √(n/r) times the number of values that
 * occur once in the sample, plus the number of the others (Charikar et al. 2000, the guaranteed-error estimator).
 */
function distinctOf(sorted: Float64Array, present: number): Distinct {
  let [once, more] = [0, 0];
  for (let begin = 0; begin < sorted.length; ) {
    let end = begin + 1;
    while (end < sorted.length && sorted[end] === sorted[begin]) end += 1;
    if (end - begin === 1) once += 1;
    else more += 1;
    begin = end;
  }
  const isExact = sorted.length === present;
  return { count: Math.round(Math.sqrt(present / sorted.length) * once) + more, isExact };
}

function histogramOf(values: Float64Array, from: number, to: number): Histogram {
  const counts = new Array<number>(bins).fill(0);
  const width = to - from || 1;
  for (let row = 0; row < values.length; ++row) {
    const place = Math.floor(((values[row]! - from) / width) * bins);
    if (place >= 0 && place <= bins) counts[Math.min(place, bins - 1)]! += 1;
  }
  return { from, to, counts };
}
