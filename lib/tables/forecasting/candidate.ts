import type { FeaturePlan, History, Origin } from './features.js';
import type { Spacing } from './spacing.js';

/** How forecasts are made. `'combination'` is a weighted mean of both kinds of smoothing, theta, the linear model and the network. */
export type ForecastMethod =
  | 'persistence'
  | 'seasonalPersistence'
  | 'exponentialSmoothing'
  | 'averagedSmoothing'
  | 'theta'
  | 'linear'
  | 'network'
  | 'combination';

export const forecastMethods: readonly ForecastMethod[] = [
  'persistence',
  'seasonalPersistence',
  'exponentialSmoothing',
  'averagedSmoothing',
  'theta',
  'linear',
  'network',
  'combination',
];

/** The series of a table as candidates see them. */
export interface ForecastData {
  readonly spacing: Spacing;
  readonly histories: readonly History[];
  readonly plan: FeaturePlan;
  /** The levels of the quantiles: the low end of the interval, ½, and its high end. */
  readonly levels: readonly number[];
  /** The least possible value; −∞ if there is none. */
  readonly lowest: number;
}

/** Forecasts: for each level, that of step h from origin i at i · horizon + h − 1. Methods without quantiles have equal arrays. */
export type Quantiles = readonly Float64Array[];

/** What a method has learnt. */
export interface Forecaster {
  forecast(data: ForecastData, origins: readonly Origin[]): Promise<Quantiles>;
}

/** Signals, progress and the seed of a fit. */
export interface CandidateContext {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onShare?: ((share: number) => void) | undefined;
  /** What methods learnt from the first of the values. */
  readonly earlier?: ReadonlyMap<ForecastMethod, Forecaster> | undefined;
}

/** Learns from the values before `end`, a number of the grid. */
export type Fit = (data: ForecastData, end: number, context: CandidateContext) => Promise<Forecaster>;

/** The same forecasts at all levels. */
export const atAllLevels = (levels: readonly number[], point: Float64Array): Quantiles => levels.map(() => point);

/** The last value, for all steps. */
export const persistence: Forecaster = {
  async forecast({ histories, plan: { horizon }, levels }, origins) {
    return atAllLevels(
      levels,
      pointsOf(
        horizon,
        origins,
        ({ series, at }) =>
          () =>
            histories[series]!.series.filled[at - 1]!,
      ),
    );
  },
};

/** The last value that is whole seasons earlier. */
export const seasonalPersistence: Forecaster = {
  async forecast({ histories, plan: { horizon, season }, levels }, origins) {
    return atAllLevels(
      levels,
      pointsOf(horizon, origins, ({ series, at }) => {
        const { filled } = histories[series]!.series;
        return (step) => filled[Math.max(0, at - 1 + step - Math.ceil(step / season) * season)]!;
      }),
    );
  },
};

/** A forecast for each origin and step. */
export function pointsOf(
  horizon: number,
  origins: readonly Origin[],
  from: (origin: Origin) => (step: number) => number,
): Float64Array {
  const all = new Float64Array(origins.length * horizon);
  for (const [i, origin] of origins.entries()) {
    const of = from(origin);
    for (let step = 1; step <= horizon; ++step) all[i * horizon + step - 1] = of(step);
  }
  return all;
}
