import { type Checks, integer, oneOf } from '../../checks/checked_options.js';
import { isArray, isObject } from '../../checks/kinds.js';
import { checkArray } from '../../checks/lists.js';
import { checkBoolean, checkOneOf, orDefault } from '../../checks/options.js';
import { checkNumber, finite } from '../../checks/ranges.js';
import { invalid, quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { numbersOf, type OnInvalid } from '../conversions.js';
import { Moments, type MomentsOf } from '../moments.js';
import { quantileOf } from '../quantiles.js';
import type { RowNumber } from '../row_number.js';
import { Sample, type SampleKnown } from '../sample.js';
import { writeBins } from './number_bins.js';
import { defineStep, type Fitting, type NumberEncoding, type Rows, type Step, stepWith } from './step.js';

export interface NumberOptions {
  /**
   * How numbers are scaled. `'standard'`: to mean 0 and deviation 1. `'minMax'`: to 0 … 1. `'quantile'`: to their rank, evenly
   * from −√3 to √3. `'robust'`: z = (x − median)/(upper − lower quartile), where half the range stands in for quartiles that are equal, then z/√(1 + (z/3)²), so that
   * no number is beyond ±3 (Holzmüller, Grinsztajn & Steinwart 2024, arXiv:2407.04491, section 3). `'none'`: not at all. Default `'standard'`.
   */
  readonly scale?: 'standard' | 'minMax' | 'quantile' | 'robust' | 'none' | undefined;
  /**
   * The most bins. Each bin adds an input, which is 0 below the bin, rises linearly within it, and is 1 above it. The outputs of a
   * network can then bend at the edges (Gorishniy, Rubachev & Babenko 2022, arXiv:2203.05556, section 3.2). Default 0.
   */
  readonly bins?: number | undefined;
  /**
   * What separates the bins. `'quantiles'`: each has about the same number of training rows. `'splits'`: the splits of boosted trees
   * that predict the target from all columns of the pipeline, in at most 20,000 training rows. They are where the target changes
   * most, alone or together with other columns. Default `'quantiles'`.
   */
  readonly binsBy?: 'quantiles' | 'splits' | undefined;
  /** Whether x is first replaced by sign(x)·ln(1 + |x|), for columns that span several decades. Default false. */
  readonly log?: boolean | undefined;
  /** Limits, or quantiles of the training rows as `{ quantiles: [0.01, 0.99] }`. Default: none. */
  readonly clip?: readonly [number, number] | { readonly quantiles: readonly [number, number] } | undefined;
  /**
   * The replacement for missing values: the mean or the median of the training rows, or a number. With `clip`, the mean is that
   * of the clipped values, so values far beyond the limits don't distort it. Default `'mean'`, but
   * `'median'` with `scale: 'robust'`.
   */
  readonly missing?: 'mean' | 'median' | number | undefined;
  /** Whether a further input marks missing values. Default: if training rows have missing values. */
  readonly flag?: boolean | undefined;
  /** How to treat a value that is not a number. Default `'error'`. */
  readonly invalid?: OnInvalid | undefined;
}

export interface NumberStep extends Step, NumberOptions {
  readonly kind: 'number';
}

/** What was found in a column: x → (transformed x − offset)·factor, where the rank of x among `knots` stands for it if there are any. */
export interface NumberFound {
  readonly fill: number;
  readonly flag: boolean;
  readonly low: number | null;
  readonly high: number | null;
  readonly offset: number;
  readonly factor: number;
  readonly knots?: readonly number[];
  /** The edges of the bins, in ascending order. */
  readonly edges?: readonly number[];
}

/** The number of quantiles between which ranks are interpolated. */
const knotCount = 257;

/**
 * A column of numbers, or of truth values as 0 and 1: an input, and a second one that marks missing values.
 *
 * @throws TypeError, RangeError for options that don't fit.
 */
export function number(options: NumberOptions = {}): NumberStep {
  return check('columns.number', options);
}

const checks = {
  scale: oneOf('standard', 'minMax', 'quantile', 'robust', 'none'),
  bins: integer(0, 1024),
  binsBy: oneOf('quantiles', 'splits'),
  log: checkBoolean,
  clip: checkClip,
  missing: (name: string, missing: unknown) =>
    typeof missing === 'number' ? checkNumber(name, missing, finite) : checkOneOf(name, missing, ['mean', 'median']),
  flag: checkBoolean,
  invalid: oneOf('error', 'missing'),
} satisfies Checks<NumberOptions>;

const check = (where: string, options: object): NumberStep => stepWith('number', where, options, checks);

/** A copy of the limits. */
function checkClip(name: string, clip: NumberOptions['clip'] & {}): NumberOptions['clip'] & {} {
  const limits: unknown = !isObject(clip)
    ? undefined
    : isArray(clip)
      ? clip
      : (clip as { quantiles: unknown }).quantiles;
  const list = isArray(limits) ? checkArray(name, limits) : [];
  if (list.length !== 2) throw invalid(name, '[low, high] or { quantiles: [low, high] }', clip);
  const [low, high] = list.map((limit) => checkNumber(name, limit, finite)) as [number, number];
  if (!(low < high) || (!isArray(clip) && !(low >= 0 && high <= 1)))
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `Expected low < high${isArray(clip) ? '' : ' in [0, 1]'} for ${name} but received ${low}, ${high}`,
    );
  return isArray(clip) ? [low, high] : { quantiles: [low, high] };
}

const compressed = (x: number): number => Math.sign(x) * Math.log1p(Math.abs(x));

interface NumberKnown {
  readonly moments: MomentsOf;
  readonly sample: SampleKnown;
  readonly least: number;
  readonly greatest: number;
  readonly missing: number;
}

class NumberFitting implements Fitting {
  readonly #step: NumberStep;
  readonly #name: string;
  #moments = new Moments();
  #sample = new Sample();
  #least = Infinity;
  #greatest = -Infinity;
  #missing = 0;

  constructor(step: NumberStep, name: string) {
    this.#step = step;
    this.#name = name;
  }

  add({ columns: [column], numberOf }: Rows): void {
    const { log, invalid: onInvalid } = this.#step;
    const given = numbersOf(column!, this.#name, numberOf, 'number', orDefault(onInvalid, 'error'));
    checkFinite(given, this.#name, numberOf);
    const values = log ? given.map(compressed) : given;
    for (const value of values) {
      if (Number.isNaN(value)) {
        this.#missing += 1;
        continue;
      }
      this.#sample.add(value);
      if (value < this.#least) this.#least = value;
      if (value > this.#greatest) this.#greatest = value;
    }
    this.#moments.add(values);
  }

  known(streams: number): NumberKnown {
    return {
      moments: this.#moments,
      sample: this.#sample.known(streams),
      least: this.#least,
      greatest: this.#greatest,
      missing: this.#missing,
    };
  }

  merge(all: readonly NumberKnown[]): void {
    this.#moments = Moments.merged(all.map(({ moments }) => moments));
    this.#sample = Sample.merged(all.map(({ sample }) => sample));
    this.#least = Math.min(...all.map(({ least }) => least));
    this.#greatest = Math.max(...all.map(({ greatest }) => greatest));
    this.#missing = all.reduce((sum, { missing }) => sum + missing, 0);
  }

  found(): NumberFound | undefined {
    const { scale = 'standard', log, clip, flag } = this.#step;
    const { missing = scale === 'robust' ? 'median' : 'mean' } = this.#step;
    const hasHoles = this.#missing > 0;
    if (this.#moments.count === 0 || (!(this.#least < this.#greatest) && !hasHoles)) return undefined;
    const sorted = this.#sample.sorted();
    const transformed = (x: number) => (log ? compressed(x) : x);
    const limits = clip === undefined ? [null, null] : isArray(clip) ? clip.map(transformed) : undefined;
    const [low, high] = (limits ??
      (clip as { quantiles: [number, number] }).quantiles.map((share) => quantileOf(sorted, share))) as [
      number,
      number,
    ];
    const clipped = (x: number) => Math.min(Math.max(x, low ?? -Infinity), high ?? Infinity);
    const moments = clip === undefined ? this.#moments : new Moments();
    if (clip !== undefined) moments.add(sorted.map(clipped));
    const fill =
      typeof missing === 'number' ? transformed(missing) : missing === 'mean' ? moments.mean : quantileOf(sorted, 0.5);
    const { bins = 0, binsBy } = this.#step;
    const edges = binsBy === 'splits' ? [] : edgesOf(sorted.map(clipped), bins);
    const kept = {
      fill: clipped(fill),
      flag: orDefault(flag, hasHoles),
      low,
      high,
      ...(edges.length > 1 ? { edges } : {}),
    };
    if (scale === 'none') return { ...kept, offset: 0, factor: 1 };
    if (scale === 'quantile')
      return {
        ...kept,
        offset: 0.5,
        factor: Math.sqrt(12),
        knots: Array.from({ length: knotCount }, (_, i) => clipped(quantileOf(sorted, i / (knotCount - 1)))),
      };
    const [least, greatest] = [clipped(this.#least), clipped(this.#greatest)];
    if (scale === 'minMax') return { ...kept, offset: least, factor: inverse(greatest - least) };
    if (scale === 'robust') {
      const [lower, median, upper] = [0.25, 0.5, 0.75].map((share) => clipped(quantileOf(sorted, share))) as Three;
      // If half of the numbers are equal, the quartiles say nothing of the others.
      return { ...kept, offset: median, factor: inverse(upper - lower) || inverse((greatest - least) / 2) };
    }
    return { ...kept, offset: moments.mean, factor: inverse(moments.deviation) };
  }
}

type Three = [number, number, number];

/** The edges of bins with about equally many values; fewer bins if values are equal. */
function edgesOf(sorted: Float64Array, bins: number): number[] {
  if (bins === 0) return [];
  const edges = Array.from({ length: bins + 1 }, (_, i) => quantileOf(sorted, i / bins));
  return edges.filter((edge, i) => i === 0 || edge > edges[i - 1]!);
}

/** 1/x; or 0, which makes a column of one value 0 throughout. */
const inverse = (x: number): number => (x > 0 ? 1 / x : 0);

function checkFinite(values: Float64Array, name: string, numberOf: RowNumber): void {
  for (let row = 0; row < values.length; ++row)
    if (Math.abs(values[row]!) === Infinity)
      throw errorWith('ERR_NON_FINITE', `row ${numberOf(row)}, column ${quoted(name)}: ${values[row]} is not finite`);
}

/** The numbers of rows, NaN for missing ones. */
function numbersIn(step: NumberStep, [name]: readonly string[], { columns: [column], numberOf }: Rows): Float64Array {
  const values = numbersOf(column!, name!, numberOf, 'number', step.invalid ?? 'error');
  checkFinite(values, name!, numberOf);
  return values;
}

/** A number as the step scales it: a missing one replaced, of others the logarithm if it is wanted, clipped. */
function knownNumber({ log = false }: NumberStep, { fill, low, high }: NumberFound, x: number): number {
  if (Number.isNaN(x)) return fill;
  return Math.min(Math.max(log ? compressed(x) : x, low ?? -Infinity), high ?? Infinity);
}

/** The bound of numbers by `scale: 'robust'`. */
export const smoothBound = 3;

/** Beyond this, numbers are at their bound in float32; their squares would overflow in ONNX. */
export const farBeyond = 1e9;

const smoothlyClipped = (z: number): number => {
  const near = Math.min(Math.max(z, -farBeyond), farBeyond);
  return near / Math.hypot(1, near / smoothBound);
};

function encoding(step: NumberStep, found: NumberFound, names: readonly string[]): NumberEncoding {
  const [name] = names;
  const { scale } = step;
  const { flag, offset, factor, knots, edges = [] } = found;
  const bins = Math.max(0, edges.length - 1);
  return {
    block: 'numbers',
    width: 1 + bins + (flag ? 1 : 0),
    write(given, out, at, stride) {
      const values = numbersIn(step, names, given);
      const { rows, numberOf } = given;
      for (let row = 0; row < rows; ++row) {
        const x = values[row]!;
        const isMissing = Number.isNaN(x);
        const known = knownNumber(step, found, x);
        let to = at + row * stride;
        const z = ((knots ? rankIn(knots, known) : known) - offset) * factor;
        out[to] = scale === 'robust' ? smoothlyClipped(z) : z;
        if (!Number.isFinite(out[to++]!))
          throw errorWith(
            'ERR_NON_FINITE',
            `row ${numberOf(row)}, column ${quoted(name!)}: ${x} is too far from the training rows for float32`,
          );
        if (flag) out[to++] = isMissing ? 1 : 0;
        writeBins(known, edges, out, to);
      }
    },
  };
}

/** The rank of a number among ascending quantiles, from 0 to 1; among equal ones, the middle. */
function rankIn(knots: readonly number[], x: number): number {
  const last = knots.length - 1;
  if (x < knots[0]!) return 0;
  if (x > knots[last]!) return 1;
  let [low, high] = [0, last]; // the first knot ≥ x
  while (low < high) {
    const middle = (low + high) >> 1;
    if (knots[middle]! >= x) high = middle;
    else low = middle + 1;
  }
  if (knots[low]! === x) {
    let end = low;
    while (end < last && knots[end + 1]! === x) ++end;
    return (low + end) / 2 / last;
  }
  const [below, above] = [knots[low - 1]!, knots[low]!];
  return (low - 1 + (x - below) / (above - below)) / last;
}

defineStep<NumberStep, NumberFound>('number', {
  check,
  fitting: (step, [name]) => new NumberFitting(step, name!),
  encoding,
  binned: (step, found, names) =>
    step.binsBy === 'splits' && (step.bins ?? 0) > 1
      ? { most: step.bins!, read: (rows) => numbersIn(step, names, rows).map((x) => knownNumber(step, found, x)) }
      : undefined,
});
