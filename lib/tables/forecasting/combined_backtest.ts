import { sumOf } from '../sampling.js';
import type { Backtest } from './backtest.js';
import { combined, equalWeights, type MemberErrors, weightsFrom } from './combination.js';
import type { FittedMethod } from './methods.js';

/** Smaller errors than this share of the mean one count as equal, so that a few exact forecasts decide little. */
const leastShare = 0.1;

/**
 * The errors of members in the backtest: geometric means over the origins of the mean absolute error from an origin, in which later
 * origins count more. In arithmetic means, a crisis would decide for the method that came out of it best.
 *
 * @param isUsed Which folds count. Default: all.
 */
export function memberErrors(
  test: Backtest,
  members: readonly FittedMethod[],
  isUsed = (_fold: number) => true,
): MemberErrors {
  const { origins, folds, seasonalChanges, recency, times, horizon } = test;
  const counts = knownSteps(test);
  const used = origins.flatMap((_, i) => (counts[i]! > 0 && isUsed(folds[i]!) ? [i] : []));
  const all = members.map((method) => originErrors(test, method));
  const finite = all.flatMap((errors) => used.map((i) => errors[i]!)).filter(Number.isFinite);
  const mean = sumOf(finite) / finite.length;
  const found = all.map((errors) => {
    const sums = new Float64Array(seasonalChanges.length);
    const weights = new Float64Array(seasonalChanges.length);
    for (const i of used) {
      const { series } = origins[i]!;
      const weight = recency[i]! * counts[i]!;
      sums[series]! += weight * Math.log(Math.max(errors[i]!, leastShare * mean));
      weights[series]! += weight;
    }
    return { bySeries: sums.map((sum, i) => Math.exp(sum / weights[i]!)), all: Math.exp(sumOf(sums) / sumOf(weights)) };
  });
  return {
    members,
    ofSeries: Array.from(seasonalChanges, (_, series) => found.map(({ bySeries }) => bySeries[series]!)),
    ofAll: found.map(({ all: one }) => one),
    horizons: Math.max(1, times / horizon),
  };
}

/** For each origin, how many of the values after it are known. */
const knownSteps = ({ truths, origins, horizon }: Backtest): Uint32Array =>
  Uint32Array.from(origins, (_, i) =>
    truths.subarray(i * horizon, (i + 1) * horizon).reduce((count, x) => count + (Number.isNaN(x) ? 0 : 1), 0),
  );

/**
 * For each origin, the mean absolute error, in units of the mean change over a season: infinite if a forecast is not finite, NaN
 * without known values.
 */
function originErrors(test: Backtest, method: FittedMethod): Float64Array {
  const { forecasts, horizon, levels, truths, origins, seasonalChanges } = test;
  const predicted = forecasts.get(method)![levels.indexOf(0.5)]!;
  return Float64Array.from(origins, ({ series }, origin) => {
    let [sum, count] = [0, 0];
    for (let i = origin * horizon; i < (origin + 1) * horizon; ++i)
      if (!Number.isNaN(truths[i]!)) [sum, count] = [sum + Math.abs(truths[i]! - predicted[i]!), count + 1];
    return count > 0 && !Number.isFinite(sum) ? Infinity : sum / count / seasonalChanges[series]!;
  });
}

/** A backtest with the combination, whose weights in each fold are those of the other folds: equal ones if there is only one fold. */
export function withCombination(test: Backtest, members: readonly FittedMethod[]): Backtest {
  const { horizon, origins, folds, foldCount, forecasts, levels, seasonalChanges } = test;
  const weights = Array.from({ length: foldCount }, (_, fold) =>
    foldCount === 1
      ? equalWeights(members, seasonalChanges.length)
      : weightsFrom(memberErrors(test, members, (one) => one !== fold)),
  );
  const all = new Map(members.map((one) => [one, forecasts.get(one)!]));
  const byFold = weights.map((one) => combined(all, one, (i) => origins[Math.floor(i / horizon)]!.series, levels));
  const combination = levels.map((_, level) =>
    test.truths.map((_truth, i) => byFold[folds[Math.floor(i / horizon)]!]![level]![i]!),
  );
  return { ...test, forecasts: new Map([...forecasts, ['combination', combination]]) };
}
