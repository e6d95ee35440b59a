import { setImmediate } from 'node:timers/promises';
import { atAllLevels, type CandidateContext, type ForecastData, type Forecaster } from './candidate.js';
import type { Origin } from './features.js';
import {
  bestSmoothing,
  comparedSmoothing,
  type FittedSmoothing,
  refitted,
  type WeightedSmoothing,
  weightedByAkaike,
} from './fit_smoothing.js';
import { fitTheta } from './fit_theta.js';
import { lengthBefore } from './series.js';
import { extrapolate, smooth } from './smoothing.js';

/** The fewest values from which weights are found. */
const fewest = 4;

/** Longer histories are cut at their beginning: the weights of distant values are small. */
const longestHistory = 3000;

/** Fits of a series whose forecasts are averaged. Often it is a single one. */
export interface SeriesSmoothing {
  /** The index of the first value of the fits. */
  readonly from: number;
  /** Their weights sum to 1. */
  readonly parts: readonly WeightedSmoothing[];
  /** Fits of all forms, if they were compared. Not part of a model's file. */
  readonly compared?: readonly FittedSmoothing[];
}

/** Exponential smoothing of each series by itself, an average of its forms, or the theta method, which is one of them. */
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
      const states = of?.parts.map(({ fit }) => fit.initial) ?? [];
      let at = of?.from ?? 0;
      for (const i of list.sort((a, b) => origins[a]!.at - origins[b]!.at)) {
        const origin = origins[i]!.at;
        if (!of || origin < of.from) {
          all.fill(filled[origin - 1]!, i * horizon, (i + 1) * horizon);
          continue;
        }
        const since = values.subarray(at, origin);
        at = origin;
        for (const [part, { weight, fit }] of of.parts.entries()) {
          states[part] = smooth(fit.form, fit.weights, states[part]!, since).state;
          for (const [step, x] of extrapolate(fit.form, fit.weights, states[part]!, horizon).entries())
            all[i * horizon + step]! += weight * x;
        }
      }
    }
    return atAllLevels(levels, all);
  }
}

/** With more series than this, the later folds of a backtest keep the form of the first one, whose weights are their start. */
const manySeries = 50;

/** The fits of a series to its values from an index on. @param earlier Those of the first fold, whose forms and weights are kept. */
type FitOf = (
  values: Float64Array,
  options: { readonly season: number; readonly series: number; readonly earlier?: SeriesSmoothing | undefined },
) => Omit<SeriesSmoothing, 'from'>;

const single = (fit: FittedSmoothing) => ({ parts: [{ weight: 1, fit }] });

const refit = ({ parts }: SeriesSmoothing, values: Float64Array) => ({
  parts: parts.map(({ weight, fit }) => ({ weight, fit: refitted(fit, values) })),
});

const fitEach =
  (method: 'exponentialSmoothing' | 'averagedSmoothing' | 'theta', fitOf: FitOf) =>
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
          ? {
              from,
              ...fitOf(values, { season: plan.season, series: i, earlier: one?.from === from ? one : undefined }),
            }
          : undefined,
      );
      onShare?.((i + 1) / histories.length);
      await setImmediate(); // lets other work of the process go on
      signal?.throwIfAborted();
    }
    return new SmoothingForecaster(fits);
  };

/** The form with the least criterion. */
export const fitExponentialSmoothing = fitEach('exponentialSmoothing', (values, { season, earlier }) => {
  if (earlier) return refit(earlier, values);
  const compared = comparedSmoothing(values, season);
  return { ...single(bestSmoothing(values, season, compared)), compared };
});

/** The forms that were compared for exponential smoothing, averaged with the weights of Akaike. */
export const fitAveragedSmoothing = (smoothing: SmoothingForecaster) =>
  fitEach('averagedSmoothing', (values, { series, earlier }) =>
    earlier ? refit(earlier, values) : { parts: weightedByAkaike(smoothing.fits[series]!.compared!) },
  );

export const fitThetaForecaster = fitEach('theta', (values, { season }) => single(fitTheta(values, season)));
