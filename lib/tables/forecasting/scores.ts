import { pinballLoss } from '../targets/quantiles_head.js';
import type { Backtest } from './backtest.js';
import type { ForecastMethod, Quantiles } from './candidate.js';
import { correctedByOthers } from './corrections.js';

/** How good forecasts of the backtest are, over all series, origins and steps. */
export interface ForecastScores {
  /**
   * The mean absolute error, each in units of the mean change of its series over a season before the backtest: below 1, forecasts
   * are better than seasonal persistence one season ahead was in the past (Hyndman & Koehler 2006).
   */
  readonly mase: number;
  /** The mean pinball loss of the ends of the interval and of the median, in the same units. */
  readonly pinball: number;
  readonly mae: number;
  readonly rmse: number;
  /** The share of true values inside the interval, which was found from other folds. */
  readonly coverage: number;
  /** MASE by step of the horizon; NaN for steps that no backtest reached. */
  readonly maseBySteps: readonly number[];
}

/** The scores of a method in the backtest. */
export function scoresOf(test: Backtest, method: ForecastMethod): ForecastScores {
  const { horizon, levels, truths, origins, seasonalChanges } = test;
  const points = test.forecasts.get(method)![levels.indexOf(0.5)]!;
  const corrected = correctedByOthers(test, method);
  const [low, high] = [corrected[0]!, corrected.at(-1)!];
  const bySteps = Array.from({ length: horizon }, () => ({ sum: 0, count: 0 }));
  let [count, absolute, squares, scaled, pinball, inside] = [0, 0, 0, 0, 0, 0];
  for (const [i, truth] of truths.entries()) {
    if (Number.isNaN(truth)) continue;
    const unit = seasonalChanges[origins[Math.floor(i / horizon)]!.series]!;
    const error = truth - points[i]!;
    count += 1;
    absolute += Math.abs(error);
    squares += error * error;
    scaled += Math.abs(error) / unit;
    for (const [level, at] of levels.entries()) pinball += pinballLoss(at, corrected[level]![i]!, truth) / unit;
    if (low[i]! <= truth && truth <= high[i]!) inside += 1;
    const step = bySteps[i % horizon]!;
    step.sum += Math.abs(error) / unit;
    step.count += 1;
  }
  return {
    mase: scaled / count,
    pinball: pinball / count / levels.length,
    mae: absolute / count,
    rmse: Math.sqrt(squares / count),
    coverage: inside / count,
    maseBySteps: bySteps.map(({ sum, count: of }) => sum / of),
  };
}

/** How much better than the preferred one another method must be if the backtest has a single horizon. */
const leastAdvantage = 0.4;

/**
 * The method with the least MASE in some folds, among those that may be chosen. In a short backtest the least one is often least by
 * chance, so the combination (exponential smoothing, if that may not be chosen) is preferred unless another method is better by
 * 0.4/√n, with n horizons in the backtest: about two standard errors, if the relative difference of two methods in one horizon
 * deviates by 20 %.
 */
export function bestIn(
  test: Backtest,
  methods: readonly ForecastMethod[],
  isUsed: (fold: number) => boolean = () => true,
): ForecastMethod {
  const { horizon, levels, truths, origins, seasonalChanges, folds, times } = test;
  const median = levels.indexOf(0.5);
  const sums = new Map<ForecastMethod, number>();
  for (const method of methods) {
    const forecasts = test.forecasts.get(method)!;
    let sum = 0;
    for (const [i, truth] of truths.entries()) {
      const origin = Math.floor(i / horizon);
      if (Number.isNaN(truth) || !isUsed(folds[origin]!)) continue;
      sum += Math.abs(truth - forecasts[median]![i]!) / seasonalChanges[origins[origin]!.series]!;
    }
    sums.set(method, sum);
  }
  const [best, least] = [...sums].reduce((first, one) => (one[1] < first[1] ? one : first));
  const advantage = leastAdvantage / Math.sqrt(Math.max(1, times / horizon));
  const preferred = sums.has('combination') ? 'combination' : 'exponentialSmoothing';
  return least < (1 - advantage) * (sums.get(preferred) ?? Infinity) ? best : preferred;
}

/** The scores if the method of each fold is the one that is best in the other folds. */
export function scoresOfChoice(test: Backtest, among: readonly ForecastMethod[]): ForecastScores {
  const { horizon, folds, foldCount, levels } = test;
  const methods = Array.from({ length: foldCount }, (_, fold) =>
    bestIn(test, among, (one) => foldCount === 1 || one !== fold),
  );
  const composed: Quantiles = levels.map((_, level) =>
    test.truths.map((_truth, i) => test.forecasts.get(methods[folds[Math.floor(i / horizon)]!]!)![level]![i]!),
  );
  return scoresOf({ ...test, forecasts: new Map([['combination', composed]]) }, 'combination');
}
