import type { Backtest } from './backtest.js';
import type { ForecastMethod } from './candidate.js';
import { predictionReach } from './student.js';

/** How quantiles become an interval. */
export interface Corrections {
  /** What is added to the low end, by step, in units of the scale at the origin. */
  readonly low: Float64Array;
  /** The same of the high end. */
  readonly high: Float64Array;
  /** The distances of both ends from the median are multiplied by this, by step, because independent errors are few. */
  readonly widening: Float64Array;
}

/** A step with fewer errors also uses those of its neighbours. */
const fewestErrors = 200;

/** With this many independent errors, the ends are half those of the signed errors and half those of their absolute values. */
const halfSigned = 10;

/** The low end, the median and the high end of a forecast. */
export type Ends = readonly [low: number, median: number, high: number];

/** The interval of a forecast from its quantiles. @param lowest The least possible value. */
export function correctedEnds(
  [low, median, high]: Ends,
  scale: number,
  corrections: Corrections,
  step: number,
  lowest: number,
): Ends {
  const factor = corrections.widening[step]!;
  const below = factor * Math.max(0, median - low - scale * corrections.low[step]!);
  const above = factor * Math.max(0, high + scale * corrections.high[step]! - median);
  return [Math.max(lowest, median - below), Math.max(lowest, median), Math.max(lowest, median + above)];
}

/**
 * Corrections from the errors of the backtest, by step, with the ranks of conformal prediction: if errors are exchangeable, the
 * interval contains the next value with at least the requested probability. Recent errors count more, so that intervals grow and
 * shrink with the errors. Because errors from neighbouring origins are correlated, intervals are widened, by Student's t with the
 * number of independent errors; and if that number is small, both sides get similar widths.
 *
 * @param isUsed Which folds count. Default: all.
 * @see Romano, Patterson & Candès 2019, Conformalized quantile regression, https://arxiv.org/abs/1905.03222; for the weights, Barber,
 *   Candès, Ramdas & Tibshirani 2023, Conformal prediction beyond exchangeability, https://arxiv.org/abs/2202.13415
 */
export function correctionsOf(test: Backtest, method: ForecastMethod, isUsed = (_fold: number) => true): Corrections {
  const { horizon, levels, truths, scales, recency, folds, foldCount, times, seasonalChanges } = test;
  const [tail] = levels as Ends;
  const [lowest, , highest] = test.forecasts.get(method) as [Float64Array, Float64Array, Float64Array];
  const errorsOf = (of: (i: number) => number) =>
    Array.from({ length: horizon }, (_, step): WeightedError[] =>
      [...scales].flatMap((scale, origin) => {
        const error = of(origin * horizon + step) / scale;
        return Number.isNaN(error) || !isUsed(folds[origin]!) ? [] : [{ error, weight: recency[origin]! }];
      }),
    );
  const below = errorsOf((i) => lowest[i]! - truths[i]!);
  const above = errorsOf((i) => truths[i]! - highest[i]!);
  const beyond = errorsOf((i) => Math.max(lowest[i]! - truths[i]!, truths[i]! - highest[i]!));
  const used = Array.from({ length: foldCount }, (_, fold) => isUsed(fold)).filter(Boolean).length;
  const ends = Array.from({ length: horizon }, (_, step) => {
    const { length } = beyond[step]!;
    const count = effectiveCount(beyond[step]!);
    // Errors of step h at neighbouring origins share h − 1 times. Series of a table are neither independent nor the same.
    const windows = ((((used / foldCount) * times) / (step + 1)) * count) / Math.max(1, length);
    const independent = Math.min(count, windows * Math.sqrt(seasonalChanges.length));
    const share = 1 / (1 + independent / halfSigned);
    const symmetric = conformal(aroundStep(beyond, step), 1 - 2 * tail);
    const end = (errors: WeightedError[][]) =>
      (1 - share) * conformal(aroundStep(errors, step), 1 - tail) + share * symmetric;
    return {
      low: -end(below),
      high: end(above),
      widening: predictionReach(independent, tail) / predictionReach(count, tail),
    };
  });
  const by = (of: (one: (typeof ends)[number]) => number) => Float64Array.from(ends, of);
  return { low: by(({ low }) => low), high: by(({ high }) => high), widening: by(({ widening }) => widening) };
}

interface WeightedError {
  readonly error: number;
  readonly weight: number;
}

/** The number of errors of equal weight whose mean would be as uncertain (Kish 1965). */
function effectiveCount(errors: readonly WeightedError[]): number {
  const squares = errors.reduce((sum, { weight }) => sum + weight * weight, 0);
  return errors.length === 0 ? 0 : errors.reduce((sum, { weight }) => sum + weight, 0) ** 2 / squares;
}

/** The errors of a step, with those of as many steps around it as are needed. */
function aroundStep(errors: readonly (readonly WeightedError[])[], step: number): WeightedError[] {
  let found = [...errors[step]!];
  for (let distance = 1; found.length < fewestErrors && distance < errors.length / 4; ++distance)
    found = found.concat(errors[step - distance] ?? [], errors[step + distance] ?? []);
  return found;
}

/**
 * A weighted quantile of errors, as conformal prediction has it: the smallest error such that the errors up to it have this share of
 * the total weight, in which the error to come counts 1. It is the largest error if none is large enough, and 0 if there are no
 * errors. For n errors of weight 1, it is the one of rank ⌈(n + 1) · share⌉.
 */
function conformal(errors: WeightedError[], share: number): number {
  if (errors.length === 0) return 0;
  errors.sort((a, b) => a.error - b.error);
  const needed = share * errors.reduce((sum, { weight }) => sum + weight, 1) - 1e-9;
  let sum = 0;
  const found = errors.find(({ weight }) => {
    sum += weight;
    return sum >= needed;
  });
  return (found ?? errors.at(-1)!).error;
}

/** The forecasts of the backtest at all levels, corrected by folds other than their own, so that their scores are honest. */
export function correctedByOthers(test: Backtest, method: ForecastMethod): readonly Float64Array[] {
  const { horizon, scales, folds, foldCount, lowest } = test;
  const others = Array.from({ length: foldCount }, (_, fold) =>
    correctionsOf(test, method, (one) => foldCount === 1 || one !== fold),
  );
  const all = test.forecasts.get(method)!.map((one) => one.slice());
  const [low, median, high] = all as [Float64Array, Float64Array, Float64Array];
  for (const i of median.keys()) {
    const origin = Math.floor(i / horizon);
    const ends: Ends = [low[i]!, median[i]!, high[i]!];
    const found = correctedEnds(ends, scales[origin]!, others[folds[origin]!]!, i % horizon, lowest);
    for (const [level, x] of found.entries()) all[level]![i] = x;
  }
  return all;
}
