import { isArray } from '../checks/kinds.js';
import { checkNumber, openInterval } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import type { Target } from './target.js';

/** A predicted number with an interval. */
export interface PredictedInterval {
  readonly prediction: number;
  readonly low: number;
  readonly high: number;
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

/** The group and the weight of each row. Undefined: rows are independent, and count the same. */
interface Sampling {
  readonly groups?: Float64Array | undefined;
  readonly weights?: Float64Array | undefined;
}

const sumOf = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0);

/** Levels from 0.998 down in steps of 0.002. */
const levels = 500;

/**
 * The bounds of the errors of held-out rows. A further row counts as one of them, with an error beyond all: the ⌈(n + 1)(1 − α/2)⌉-th
 * smallest error is the upper bound for a level of 1 − α. Rows of a group share the mass of one row, and the further row belongs to
 * another group (Dunn, Wasserman & Ramdas 2022, arXiv:1809.07441, section 3). A further row has the mean of the weights.
 */
export function errorBounds(errors: Float64Array, sampling: Sampling): ErrorBounds {
  const masses = massesOf(errors.length, sampling);
  const order = Uint32Array.from(errors.keys()).sort((a, b) => errors[a]! - errors[b]!);
  return {
    low: boundsOf(order.toReversed(), errors, masses).map((bound) => bound && rounded(bound, 'down')),
    high: boundsOf(order, errors, masses).map((bound) => bound && rounded(bound, 'up')),
  };
}

/** The mass of each row. That of a further row is 1. */
function massesOf(count: number, { groups, weights }: Sampling): Float64Array {
  const own = weights ?? new Float64Array(count).fill(1);
  if (!groups) return own.map((weight) => (weight * count) / sumOf(own));
  const totals = new Map<number, number>();
  for (const [row, group] of groups.entries()) totals.set(group, (totals.get(group) ?? 0) + own[row]!);
  return own.map((weight, row) => (weight === 0 ? 0 : weight / totals.get(groups[row]!)!));
}

/** For each level, the first error in this order up to which all but half of the rest of the mass lies. */
function boundsOf(order: Uint32Array, errors: Float64Array, masses: Float64Array): (number | null)[] {
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
