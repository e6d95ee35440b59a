import { isArray } from '../checks/kinds.js';
import { checkNumber, openInterval } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { Random } from '../numbers/random.js';
import { type Sampling, sumOf } from './sampling.js';
import type { Target } from './target.js';

/** A predicted number with an interval. */
export interface PredictedInterval {
  readonly prediction: number;
  readonly low: number;
  readonly high: number;
}

/** The interval around a predicted number. That of a count does not reach below 0. */
export function intervalAround(
  target: Target,
  prediction: number,
  errors: { low: number; high: number },
): PredictedInterval {
  const low = prediction + errors.low;
  return { prediction, low: target.loss === 'poisson' ? Math.max(0, low) : low, high: prediction + errors.high };
}

export interface IntervalOptions {
  /**
   * For numbers: the share of rows whose true value the interval shall contain, above 0 and at most 0.998. The interval is that of
   * the errors of held-out rows (split conformal prediction, Vovk et al. 2005; Lei et al. 2018, arXiv:1604.04173). It holds for
   * rows like those of the training table, on average over all of them.
   */
  readonly interval?: number | undefined;
}

export const checkInterval = (name: string, level: unknown): number => checkNumber(name, level, openInterval(0, 1));

/**
 * Bounds of errors, true value minus prediction, by level. An interval of the level 1 − j/count reaches from
 * prediction + `low[j − 1]` to prediction + `high[j − 1]`, and both ends are exceeded equally often. Null: there are too few
 * held-out rows for so high a level. Plain data, part of a model's file.
 */
export interface ErrorBounds {
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** Levels from 0.998 down in steps of 0.002. */
const levels = 500;

/**
 * The bounds of the errors of held-out rows. A further row counts as one of them, with an error beyond all: the ⌈(n + 1)(1 − α/2)⌉-th
 * smallest error is the upper bound for a level of 1 − α. A further row has the mean of the weights.
 *
 * Of rows in groups, one of each group is drawn, many times, and the bounds are the means of those of the draws. One draw holds for
 * a row of a further group, whatever the rows of a group have in common (Dunn, Wasserman & Ramdas 2022, arXiv:1809.07441, section 3).
 * The mean of bounds covers no less than they do on average where errors are the rarer the larger they are.
 */
export function errorBounds(errors: Float64Array, { groups, weights }: Sampling): ErrorBounds {
  const { low, high } = groups
    ? meanBounds(errors, groupsOfRows(groups, weights))
    : boundsOf(errors, weights ? scaledWeights(weights) : new Float64Array(errors.length).fill(1));
  return {
    low: low.map((bound) => bound && rounded(bound, 'down')),
    high: high.map((bound) => bound && rounded(bound, 'up')),
  };
}

/** Weights with the mean 1, which is the mass of a further row. */
const scaledWeights = (weights: Float64Array): Float64Array =>
  weights.map((weight) => (weight * weights.length) / sumOf(weights));

/** The rows of a group, and the sums of their weights up to each row. */
interface Group {
  readonly rows: number[];
  readonly sums: number[];
}

function groupsOfRows(groups: Float64Array, weights: Float64Array | undefined): Group[] {
  const found = new Map<number, Group>();
  for (const [row, group] of groups.entries()) {
    const weight = weights ? weights[row]! : 1;
    if (weight === 0) continue;
    if (!found.has(group)) found.set(group, { rows: [], sums: [] });
    const { rows, sums } = found.get(group)!;
    rows.push(row);
    sums.push((sums.at(-1) ?? 0) + weight);
  }
  return [...found.values()];
}

/** The number of draws, and of groups in all draws. */
const [fewestDraws, mostDraws, drawnInAll] = [10, 100, 20_000];

function meanBounds(errors: Float64Array, groups: readonly Group[]): ErrorBounds {
  const random = new Random(0);
  const draws = Math.max(fewestDraws, Math.min(mostDraws, Math.ceil(drawnInAll / groups.length)));
  const drawnRow = ({ rows, sums }: Group) => {
    const place = random.uniform() * sums.at(-1)!;
    return rows[sums.findIndex((sum) => place < sum)]!;
  };
  const ones = new Float64Array(groups.length).fill(1);
  const list = Array.from({ length: draws }, () =>
    boundsOf(
      Float64Array.from(groups, (group) => errors[drawnRow(group)]!),
      ones,
    ),
  );
  const meanOf = (end: keyof ErrorBounds) =>
    list[0]![end].map((bound, j) => (bound === null ? null : list.reduce((sum, one) => sum + one[end][j]!, 0) / draws));
  return { low: meanOf('low'), high: meanOf('high') };
}

/** The bounds of errors with masses, where a further row has the mass 1. */
function boundsOf(errors: Float64Array, masses: Float64Array): ErrorBounds {
  const order = Uint32Array.from(errors.keys()).sort((a, b) => errors[a]! - errors[b]!);
  return { low: endsOf(order.toReversed(), errors, masses), high: endsOf(order, errors, masses) };
}

/** For each level, the first error in this order up to which all but half of the rest of the mass lies. */
function endsOf(order: Uint32Array, errors: Float64Array, masses: Float64Array): (number | null)[] {
  const total = sumOf(masses) + 1;
  const bounds = new Array<number | null>(levels).fill(null);
  let mass = 0;
  let level = levels; // of those without a bound, the lowest
  for (const row of order) {
    mass += masses[row]!;
    for (; level > 0 && mass / total >= 1 - level / (2 * levels) - 1e-12; --level) bounds[level - 1] = errors[row]!;
  }
  return bounds;
}

/** Six digits, rounded so that the interval grows. */
function rounded(x: number, way: 'up' | 'down'): number {
  const short = Number(x.toPrecision(6));
  const isEnough = way === 'up' ? short >= x : short <= x;
  if (isEnough || x === 0) return short;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(x))) - 5);
  return Number((way === 'up' ? short + step : short - step).toPrecision(6));
}

/**
 * The bounds of errors for a level, which is rounded up to a multiple of 0.002.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` for a level that needs more held-out rows; TypeError `ERR_INVALID_ARGUMENT` for a model
 *   without bounds.
 */
export function boundsAt(
  where: string,
  target: Target,
  bounds: ErrorBounds | undefined,
  level: number,
): { low: number; high: number } {
  if (target.task === 'classification')
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${where}: interval is for numbers, but the model predicts classes, which have probabilities`,
    );
  if (target.quantiles)
    throw errorWith('ERR_INVALID_ARGUMENT', `${where}: interval is for numbers, but the model predicts quantiles`);
  if (!bounds)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${where}: the model has no intervals; train gives them to models of one number`,
    );
  const place = Math.floor((1 - level) * bounds.low.length + 1e-9) - 1;
  const [low, high] = [bounds.low[place] ?? null, bounds.high[place] ?? null];
  if (low === null || high === null) throw tooHigh(where, bounds, level);
  return { low, high };
}

function tooHigh(where: string, { low, high }: ErrorBounds, level: number): Error {
  const first = low.findIndex((bound, j) => bound !== null && high[j] !== null);
  const most = first < 0 ? 0 : Number((1 - (first + 1) / low.length).toFixed(4));
  if (most === 0)
    return errorWith('ERR_OUT_OF_RANGE', `${where}: there were too few held-out rows or groups for any interval`);
  const remedy = first === 0 ? '' : ', because it would take more held-out rows or groups';
  return errorWith('ERR_OUT_OF_RANGE', `${where}: an interval of ${level} is too high${remedy}; the most is ${most}`);
}

/** @throws GlissadeError `ERR_CORRUPT_FILE` unless these are bounds. */
export function checkErrorBounds(json: unknown): ErrorBounds | undefined {
  if (json === undefined) return undefined;
  const bounds = json as ErrorBounds;
  const isList = (list: unknown, sign: 1 | -1) =>
    isArray(list) &&
    list.length > 0 &&
    list.every((x, i) => x === null || (Number.isFinite(x) && isInOrder(list, i, sign)));
  if (isList(bounds?.low, 1) && isList(bounds?.high, -1) && bounds.low.length === bounds.high.length) return bounds;
  throw errorWith('ERR_CORRUPT_FILE', 'the error bounds of the model are damaged');
}

/** Whether a bound reaches at most as far as that of the level above. */
const isInOrder = (list: readonly unknown[], i: number, sign: 1 | -1): boolean =>
  i === 0 || list[i - 1] === null || sign * (list[i] as number) >= sign * (list[i - 1] as number);
