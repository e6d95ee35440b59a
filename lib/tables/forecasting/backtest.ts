import { errorWith } from '../../errors.js';
import { concatenated } from '../concatenated.js';
import type { CandidateContext, ForecastData, ForecastMethod, Quantiles } from './candidate.js';
import { originsBefore, pairsFor } from './examples.js';
import type { Origin } from './features.js';
import { type FittedMethod, type Forecasters, fitMethods, fittedMethods, learners } from './methods.js';
import { lengthBefore } from './series.js';
import { spacingText } from './spacing.js';

/** What methods forecast in the backtest, from origins that were not in their training. */
export interface Backtest {
  readonly horizon: number;
  readonly levels: readonly number[];
  /** The least possible value; −∞ if there is none. Forecasts are not below it. */
  readonly lowest: number;
  readonly origins: readonly Origin[];
  /** For each origin, the fold that it belongs to. */
  readonly folds: Uint32Array;
  readonly foldCount: number;
  /** The number of the first origin of the backtest, and how many times it covers. */
  readonly begin: number;
  readonly times: number;
  readonly forecasts: ReadonlyMap<ForecastMethod, Quantiles>;
  /** The true values, as forecasts lie. NaN where they are missing or not there yet. */
  readonly truths: Float64Array;
  /** The unit of errors from each origin, for intervals. */
  readonly scales: Float64Array;
  /** What errors from each origin count: 1 at the end of the series, half as much half a backtest earlier. */
  readonly recency: Float64Array;
  /** The mean change over a season before the backtest, of each series: the unit of MASE. */
  readonly seasonalChanges: Float64Array;
}

/** Where a backtest lies. */
interface Ends {
  readonly begin: number;
  readonly end: number;
}

/** The most forecasts of a backtest, and the most origins of a series in a fold. */
const [mostForecasts, mostOrigins] = [400_000, 100];

/** Errors that are older by this share of the backtest count half. */
const halfLife = 0.5;

/** The least and the largest share of the times that the backtest takes, if that is enough. */
const [leastShare, mostShare] = [0.3, 0.5];

/** The fewest rows of one step before the first fold, so that methods can learn from features. */
const fewestRows = 20;

/** The least length of the longest series. */
const leastLength = (horizon: number, season: number): number => season + 2 * horizon + 2;

/** @throws RangeError `ERR_SHAPE` for series that are too short. */
function endsOf({ histories, plan: { horizon, season, needed }, spacing }: ForecastData, folds: number): Ends {
  const first = Math.min(...histories.map(({ series }) => series.begin));
  const end = Math.max(...histories.map(({ series: { begin, values } }) => begin + values.length));
  const length = end - first;
  const least = leastLength(horizon, season);
  if (length < least) {
    const fitting = Math.floor((length - season - 2) / 2);
    throw errorWith(
      'ERR_SHAPE',
      `the longest series has ${length} times (one every ${spacingText(spacing)}), but a horizon of ${horizon} with a season of ${season} needs at least ${least}; ${fitting >= 1 ? `a horizon of ${fitting} is possible, or give more rows` : `give more rows${season > 1 ? ', or season: 1 for none' : ''}`}`,
    );
  }
  const spare = length - needed - horizon - fewestRows; // without it, methods can learn from features before the first fold
  const covered = Math.round(Math.min(mostShare * length, Math.max(leastShare * length, spare)));
  const wanted = Math.max(covered, 2 * horizon, 2 * folds);
  return { begin: end - Math.min(wanted, length - season - horizon - 2), end };
}

/** Which methods can be fitted before the first fold. */
export function possibleMethods(data: ForecastData, folds: number): readonly FittedMethod[] {
  const { begin } = endsOf(data, folds);
  const pairs = pairsFor(data, originsBefore(data, begin, Infinity), [data.plan.horizon], begin);
  return pairs.length >= fewestRows ? fittedMethods : fittedMethods.filter((one) => !learners.includes(one));
}

/**
 * Forecasts from rolling origins, fold by fold. Methods are fitted to all values before a fold. From each origin in the fold, they
 * forecast from the values before that origin.
 */
export async function backtest(
  data: ForecastData,
  methods: readonly FittedMethod[],
  folds: number,
  { onShare, ...context }: CandidateContext,
): Promise<Backtest> {
  const { histories, plan, levels, lowest } = data;
  const { horizon, season } = plan;
  const { begin, end } = endsOf(data, folds);
  const times = end - begin;
  const count = Math.min(folds, times);
  const starts = Array.from({ length: count + 1 }, (_, i) => begin + Math.floor((i * times) / count));
  const perFold = Math.max(1, Math.min(mostOrigins, Math.floor(mostForecasts / (horizon * histories.length * count))));
  const least = methods.includes('linear') ? plan.needed : Math.min(season, plan.needed);
  const parts: { readonly origins: Origin[]; readonly forecasts: ReadonlyMap<ForecastMethod, Quantiles> }[] = [];
  let earlier: Forecasters | undefined;
  for (let fold = 0; fold < count; ++fold) {
    const [from, to] = [starts[fold]!, starts[fold + 1]!];
    const origins = histories.flatMap(({ series }, index) => originsIn(series, index, { from, to, least, perFold }));
    const fitted: Forecasters = await fitMethods(data, from, methods, {
      ...context,
      earlier,
      onShare: (part) => onShare?.((fold + part) / count),
    });
    earlier = fitted;
    const forecasts = new Map<ForecastMethod, Quantiles>();
    for (const [method, one] of fitted) {
      const quantiles = await one.forecast(data, origins);
      forecasts.set(
        method,
        quantiles.map((at) => at.map((x) => Math.max(lowest, x))),
      );
    }
    parts.push({ origins, forecasts });
  }
  const origins = parts.flatMap((part) => part.origins);
  const truths = new Float64Array(origins.length * horizon).fill(Number.NaN);
  for (const [i, { series, at }] of origins.entries())
    truths.set(histories[series]!.series.values.subarray(at, at + horizon), i * horizon);
  const forecasts = new Map(
    [...parts[0]!.forecasts.keys()].map((method): [ForecastMethod, Quantiles] => [
      method,
      levels.map((_, level) =>
        concatenated(
          Float64Array,
          parts.map((part) => part.forecasts.get(method)![level]!),
        ),
      ),
    ]),
  );
  return {
    horizon,
    levels,
    lowest,
    origins,
    folds: Uint32Array.from(parts.flatMap((part, fold) => part.origins.map(() => fold))),
    foldCount: count,
    begin,
    times,
    forecasts,
    truths,
    scales: Float64Array.from(origins, ({ series, at }) => histories[series]!.errorScale(at, season)),
    recency: Float64Array.from(
      origins,
      ({ series, at }) => 0.5 ** ((histories[series]!.series.values.length - at) / (halfLife * times)),
    ),
    seasonalChanges: Float64Array.from(histories, ({ series }) =>
      seasonalChange(series.values, lengthBefore(series, begin), season),
    ),
  };
}

/** The origins of a series in a fold, at about equal distances. */
function originsIn(
  { begin, values }: { readonly begin: number; readonly values: Float64Array },
  series: number,
  { from, to, least, perFold }: { from: number; to: number; least: number; perFold: number },
): Origin[] {
  const first = Math.max(from - begin, least, 1);
  const last = Math.min(to - begin, values.length) - 1; // at least one value follows
  const count = Math.min(perFold, last - first + 1);
  return Array.from({ length: Math.max(0, count) }, (_, i) => ({
    series,
    at: first + Math.floor((i * (last - first + 1)) / count),
  }));
}

/** The mean change over a season of the values before the backtest; of all values if these have not changed; else 1. */
function seasonalChange(values: Float64Array, length: number, season: number): number {
  const mean = (end: number): number => {
    let [sum, count] = [0, 0];
    for (let i = season; i < end; ++i) {
      const change = Math.abs(values[i]! - values[i - season]!);
      if (!Number.isNaN(change)) [sum, count] = [sum + change, count + 1];
    }
    return count > 0 ? sum / count : 0;
  };
  return mean(length) || mean(values.length) || 1;
}
