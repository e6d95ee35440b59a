import type { Backtest } from '../../../lib/tables/forecasting/backtest.js';
import type { ForecastMethod } from '../../../lib/tables/forecasting/candidate.js';
import { correctionsOf } from '../../../lib/tables/forecasting/corrections.js';
import { bestIn, scoresOf } from '../../../lib/tables/forecasting/scores.js';

/** A backtest of one step over one series whose true values are 0; a method's forecasts are its errors. */
function made(errors: Partial<Record<ForecastMethod, readonly number[]>>, unit = 1): Backtest {
  const lists = Object.entries(errors) as [ForecastMethod, readonly number[]][];
  const count = lists[0]![1].length;
  return {
    horizon: 1,
    levels: [0.05, 0.5, 0.95],
    origins: Array.from({ length: count }, (_, i) => ({ series: 0, at: i + 1 })),
    folds: Uint32Array.from({ length: count }, (_, i) => i % 2),
    foldCount: 2,
    begin: 1,
    times: count,
    forecasts: new Map(lists.map(([method, list]) => [method, [0, 1, 2].map(() => Float64Array.from(list))])),
    truths: new Float64Array(count),
    scales: new Float64Array(count).fill(1),
    seasonalChanges: Float64Array.of(unit),
  };
}

test('MASE, MAE and RMSE are those of the errors', () => {
  const { mase, mae, rmse } = scoresOf(made({ linear: [1, -3, 2, -2] }, 4), 'linear');
  expect(mae).toBe(2);
  expect(mase).toBe(0.5);
  expect(rmse).toBeCloseTo(Math.sqrt(18 / 4), 12);
});

test('another method than exponential smoothing must be clearly better', () => {
  const methods = ['exponentialSmoothing', 'linear'] as const;
  const best = (x: number) => bestIn(made({ exponentialSmoothing: [1, 1, 1, 1], linear: [x, x, x, x] }), methods);
  expect(best(0.95)).toBe('exponentialSmoothing'); // the margin of 4 horizons is 0.2/√4
  expect(best(0.85)).toBe('linear');
  expect(bestIn(made({ exponentialSmoothing: [1], linear: [0.9] }), ['linear'])).toBe('linear');
});

test('the ends of the interval have the ranks of conformal prediction', () => {
  const errors = Array.from({ length: 39 }, (_, i) => i - 19);
  const [low, middle, high] = correctionsOf(made({ linear: errors }), 'linear');
  // Ranks 2 and 38 of 39 in 40: 5 % of 40 are below the second.
  expect([low![0], middle![0], high![0]]).toEqual([-18, 0, 18]);
  const few = correctionsOf(made({ linear: [-2, 0, 1] }), 'linear');
  expect([few[0]![0], few[2]![0]]).toEqual([-1, 2]);
});
