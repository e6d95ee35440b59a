import { setImmediate } from 'node:timers/promises';
import { atAllLevels, type CandidateContext, type ForecastData, type Forecaster } from './candidate.js';
import type { Origin } from './features.js';
import { bestSmoothing, type FittedSmoothing, refitted } from './fit_smoothing.js';
import { fitTheta } from './fit_theta.js';
import { lengthBefore } from './series.js';
import { extrapolate, type SmoothingState, smooth } from './smoothing.js';

/** The fewest values from which weights are found. */
const fewest = 4;

/** Longer histories are cut at their beginning: the weights of distant values are small. */
const longestHistory = 3000;

/** A fit of a series, whose first value is that of the index `from`. */
export interface SeriesSmoothing {
  readonly from: number;
  readonly fit: FittedSmoothing;
}

/** Exponential smoothing of each series by itself, or the theta method, which is a form of it. */
export class SmoothingForecaster implements Forecaster {
  /** Undefined for series that were too short. */
  readonly fits: readonly (SeriesSmoothing | undefined)[];

  constructor(fits: readonly (SeriesSmoothing | undefined)[]) {
    this.fits = fits;
  }

  async forecast({ histories, plan: { horizon }, levels }: ForecastData, origins: readonly Origin[]) {
    const all = new Float64Array(origins.length * horizon);
    const bySeries = new Map<number, number[]>();
    for (const [i, { series }] of origins.entries()) bySeries.set(series, [...(bySeries.get(series) ?? []), i]);
    for (const [series, list] of bySeries) {
      const { values, filled } = histories[series]!.series;
      const of = this.fits[series];
      let state: SmoothingState | undefined = of?.fit.initial;
      let at = of?.from ?? 0;
      for (const i of list.sort((a, b) => origins[a]!.at - origins[b]!.at)) {
        const origin = origins[i]!.at;
        if (!of || !state || origin < of.from) {
          all.fill(filled[origin - 1]!, i * horizon, (i + 1) * horizon);
          continue;
        }
        const { form, weights } = of.fit;
        state = smooth(form, weights, state, values.subarray(at, origin)).state;
        at = origin;
        all.set(extrapolate(form, weights, state, horizon), i * horizon);
      }
    }
    return atAllLevels(levels, all);
  }
}

/** With more series than this, the later folds of a backtest keep the form of the first one, whose weights are their start. */
const manySeries = 50;

type FitOf = (values: Float64Array, season: number, earlier?: FittedSmoothing) => FittedSmoothing;

const fitEach =
  (method: 'exponentialSmoothing' | 'theta', fitOf: FitOf) =>
  async (data: ForecastData, end: number, context: CandidateContext): Promise<SmoothingForecaster> => {
    const { histories, plan } = data;
    const { signal, onShare } = context;
    const earlier = context.earlier?.get(method) as SmoothingForecaster | undefined;
    const before = histories.length > manySeries ? earlier?.fits : undefined;
    const fits: (SeriesSmoothing | undefined)[] = [];
    for (const [i, { series }] of histories.entries()) {
      const length = lengthBefore(series, end);
      const from = Math.max(0, length - longestHistory);
      const values = series.values.subarray(from, length);
      const one = before?.[i];
      fits.push(
        values.filter((x) => !Number.isNaN(x)).length >= fewest
          ? { from, fit: fitOf(values, plan.season, one?.from === from ? one.fit : undefined) }
          : undefined,
      );
      onShare?.((i + 1) / histories.length);
      await setImmediate(); // lets other work of the process go on
      signal?.throwIfAborted();
    }
    return new SmoothingForecaster(fits);
  };

export const fitExponentialSmoothing = fitEach('exponentialSmoothing', (values, season, earlier) =>
  earlier ? refitted(earlier, values) : bestSmoothing(values, season),
);

export const fitThetaForecaster = fitEach('theta', fitTheta);
