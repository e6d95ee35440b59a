import type { Backtest } from './backtest.js';
import type { ForecastMethod } from './candidate.js';

/** What is added to the quantiles of a method, in units of the scale at the origin: for each level, by step. */
export type Corrections = readonly Float64Array[];

/** A step with fewer errors also uses those of its neighbours. */
const fewestErrors = 200;

/**
 * Corrections by which as many backtest errors lie below each end of the interval as its level says, with the margin of conformal
 * prediction for their number. The median is left as it is.
 *
 * @param isUsed Which folds count. Default: all.
 * @see Romano, Patterson & Candès 2019, Conformalized quantile regression, https://arxiv.org/abs/1905.03222
 */
export function correctionsOf(test: Backtest, method: ForecastMethod, isUsed = (_fold: number) => true): Corrections {
  const { horizon, levels, truths, scales, folds } = test;
  return levels.map((level, i) => {
    if (level === 0.5) return new Float64Array(horizon);
    const forecasts = test.forecasts.get(method)![i]!;
    const errors = Array.from({ length: horizon }, (_, step): number[] =>
      [...scales].flatMap((scale, origin) => {
        const error = (truths[origin * horizon + step]! - forecasts[origin * horizon + step]!) / scale;
        return Number.isNaN(error) || !isUsed(folds[origin]!) ? [] : [error];
      }),
    );
    return Float64Array.from({ length: horizon }, (_, step) =>
      quantileWithMargin(aroundStep(errors, step), level, errors[step]!.length / (step + 1)),
    );
  });
}

/** The errors of a step, with those of as many steps around it as are needed. */
function aroundStep(errors: readonly (readonly number[])[], step: number): number[] {
  let found = [...errors[step]!];
  for (let distance = 1; found.length < fewestErrors && distance < errors.length / 4; ++distance)
    found = found.concat(errors[step - distance] ?? [], errors[step + distance] ?? []);
  return found;
}

/**
 * The error of rank level · (n + 1) among n sorted errors. If errors are exchangeable, the next one lies below it with probability
 * `level`. The result is 0 if there are no errors.
 *
 * @param n The effective number of independent errors: errors of step h at neighbouring origins share h − 1 times.
 */
function quantileWithMargin(errors: number[], level: number, n: number): number {
  if (errors.length === 0) return 0;
  errors.sort((a, b) => a - b);
  const outside = (Math.min(level, 1 - level) * (n + 1) - 0.5) / n; // the share of the errors beyond the end
  const beyond = Math.floor(Math.max(0, outside) * errors.length);
  return errors[level < 0.5 ? beyond : errors.length - 1 - beyond]!;
}

/** The forecasts of the backtest at a level, corrected by folds other than their own, so that their scores are honest. */
export function correctedByOthers(test: Backtest, method: ForecastMethod): Float64Array[] {
  const { horizon, levels, scales, folds, foldCount } = test;
  const others = Array.from({ length: foldCount }, (_, fold) =>
    correctionsOf(test, method, (one) => foldCount === 1 || one !== fold),
  );
  return levels.map((_, level) =>
    test.forecasts.get(method)![level]!.map((x, i) => {
      const origin = Math.floor(i / horizon);
      return x + scales[origin]! * others[folds[origin]!]![level]![i % horizon]!;
    }),
  );
}
