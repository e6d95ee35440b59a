import type { Backtest } from './backtest.js';
import { combined, equalWeights, type MemberErrors, weightsFrom } from './combination.js';
import type { FittedMethod } from './methods.js';

/** The errors of members in the backtest. @param isUsed Which folds count. Default: all. */
export function memberErrors(
  { forecasts, horizon, levels, truths, origins, folds, seasonalChanges }: Backtest,
  members: readonly FittedMethod[],
  isUsed = (_fold: number) => true,
): MemberErrors {
  const median = levels.indexOf(0.5);
  const found = members.map((method) => {
    const predicted = forecasts.get(method)![median]!;
    const sums = new Float64Array(seasonalChanges.length);
    const counts = new Uint32Array(seasonalChanges.length);
    for (const [i, truth] of truths.entries()) {
      const origin = Math.floor(i / horizon);
      if (Number.isNaN(truth) || !isUsed(folds[origin]!)) continue;
      const { series } = origins[origin]!;
      sums[series]! += Math.abs(truth - predicted[i]!) / seasonalChanges[series]!;
      counts[series]! += 1;
    }
    const total = (list: Float64Array | Uint32Array) => (list as Float64Array).reduce((sum, x) => sum + x, 0);
    return { bySeries: sums.map((sum, i) => sum / counts[i]!), all: total(sums) / total(counts) };
  });
  return {
    members,
    ofSeries: Array.from(seasonalChanges, (_, series) => found.map(({ bySeries }) => bySeries[series]!)),
    ofAll: found.map(({ all }) => all),
  };
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
