import type { Backtest } from '../../lib/tables/forecasting/backtest.js';
import type { ForecastMethod } from '../../lib/tables/forecasting/candidate.js';
import { correctedEnds, correctionsOf } from '../../lib/tables/forecasting/corrections.js';

interface BacktestOptions {
  /** The mean change over a season. Default 1. */
  readonly unit?: number;
  /** What the errors of each origin count. Default: 1 each. */
  readonly recency?: readonly number[];
  /** The number of folds, to which origins belong in turn. Default 2. */
  readonly foldCount?: number;
}

/** A backtest of one step over one series whose true values are 0, so that a method's forecasts are its errors. */
export function backtestOf(
  errors: Partial<Record<ForecastMethod, readonly number[]>>,
  { unit = 1, recency, foldCount = 2 }: BacktestOptions = {},
): Backtest {
  const lists = Object.entries(errors) as [ForecastMethod, readonly number[]][];
  const count = lists[0]![1].length;
  const ones = () => new Float64Array(count).fill(1);
  return {
    horizon: 1,
    levels: [0.05, 0.5, 0.95],
    lowest: -Infinity,
    origins: Array.from({ length: count }, (_, i) => ({ series: 0, at: i + 1 })),
    folds: Uint32Array.from({ length: count }, (_, i) => i % foldCount),
    foldCount,
    begin: 1,
    times: count,
    forecasts: new Map(lists.map(([method, list]) => [method, [0, 1, 2].map(() => Float64Array.from(list))])),
    truths: new Float64Array(count),
    scales: ones(),
    recency: recency ? Float64Array.from(recency) : ones(),
    seasonalChanges: Float64Array.of(unit),
  };
}

/** The interval around a forecast of 0 by the linear model, one step ahead. */
export function intervalOf(test: Backtest) {
  const corrections = correctionsOf(test, 'linear');
  const [low, , high] = correctedEnds([0, 0, 0], 1, corrections, 0, -Infinity);
  return { low, high, widening: corrections.widening[0]! };
}
