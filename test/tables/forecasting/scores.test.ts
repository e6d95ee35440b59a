import type { Backtest } from '../../../lib/tables/forecasting/backtest.js';
import type { ForecastMethod } from '../../../lib/tables/forecasting/candidate.js';
import { weightsFrom } from '../../../lib/tables/forecasting/combination.js';
import { memberErrors, withCombination } from '../../../lib/tables/forecasting/combined_backtest.js';
import { correctedEnds, correctionsOf } from '../../../lib/tables/forecasting/corrections.js';
import { bestIn, scoresOf } from '../../../lib/tables/forecasting/scores.js';
import { studentTail } from '../../../lib/tables/forecasting/student.js';
import { backtestOf, intervalOf } from '../../support/backtests.js';

test('MASE, MAE and RMSE are those of the errors', () => {
  const { mase, mae, rmse } = scoresOf(backtestOf({ linear: [1, -3, 2, -2] }, { unit: 4 }), 'linear');
  expect(mae).toBe(2);
  expect(mase).toBe(0.5);
  expect(rmse).toBeCloseTo(Math.sqrt(18 / 4), 12);
});

test('another method than the preferred one must be clearly better', () => {
  const best = (x: number, preferred: ForecastMethod) =>
    bestIn(backtestOf({ [preferred]: [1, 1, 1, 1], linear: [x, x, x, x] }), [preferred, 'linear']);
  for (const preferred of ['exponentialSmoothing', 'combination'] as const) {
    expect(best(0.85, preferred)).toBe(preferred); // the margin of 4 horizons is 0.4/√4
    expect(best(0.75, preferred)).toBe('linear');
  }
  const both = backtestOf({ exponentialSmoothing: [1], combination: [1.1] });
  expect(bestIn(both, ['exponentialSmoothing', 'combination'])).toBe('combination');
  expect(bestIn(backtestOf({ exponentialSmoothing: [1], linear: [0.9] }), ['linear'])).toBe('linear');
});

/** The same backtest of forecasts of three steps, for four series. */
function ofThreeSteps(error: (origin: number) => number, others: (origin: number) => number): Backtest {
  const origins = Array.from({ length: 40 }, (_, i) => i);
  const stepsOf = (of: (origin: number) => number) => origins.flatMap((i) => [of(i), of(i), of(i)]);
  return {
    ...backtestOf({ linear: stepsOf(error), exponentialSmoothing: stepsOf(others) }),
    horizon: 3,
    times: 12,
    origins: origins.map((i) => ({ series: i % 4, at: 1 + Math.floor(i / 4) })),
    folds: Uint32Array.from(origins, (i) => i % 2),
    scales: new Float64Array(40).fill(1),
    recency: new Float64Array(40).fill(1),
    seasonalChanges: new Float64Array(4).fill(1),
  };
}

test('horizons that overlap count once for the choice', () => {
  // The backtest covers 12 times, so 4 horizons of 3 times, and the margin is 0.4/√4.
  const best = (x: number) =>
    bestIn(
      ofThreeSteps(
        () => x,
        () => 1,
      ),
      ['exponentialSmoothing', 'linear'],
    );
  expect(best(0.85)).toBe('exponentialSmoothing');
  expect(best(0.75)).toBe('linear');
});

describe('intervals', () => {
  test('the ends have the ranks of conformal prediction', () => {
    const errors = Array.from({ length: 40 }, (_, i) => i - 19.5);
    // Rank 39 = ⌈41 · 0.95⌉ of 40 from either side, and rank 37 = ⌈41 · 0.9⌉ of the absolute errors ½, ½, …, 19½, 19½.
    expect(intervalOf(backtestOf({ linear: errors }))).toEqual({ low: -18.5, high: 18.5, widening: 1 });
    // With fewer than 19 errors, the largest one is the end. Signed errors count 3/(10 + 3), absolute ones the rest.
    const { low, high } = intervalOf(backtestOf({ linear: [-2, 0, 1] }));
    expect(low).toBeCloseTo((-3 * 1 - 10 * 2) / 13, 12);
    expect(high).toBeCloseTo(2, 12);
  });

  test('few independent errors widen them', () => {
    const errors = Array.from({ length: 39 }, (_, i) => i - 19);
    const test = backtestOf({ linear: errors });
    // 39 errors of 4 independent times: t₄ √(1 + 1/4) instead of t₃₉ √(1 + 1/39).
    const { low, high, widening } = intervalOf({ ...test, times: 4 });
    expect(widening).toBeCloseTo((2.131847 * Math.sqrt(1.25)) / (1.684875 * Math.sqrt(1 + 1 / 39)), 4);
    expect([low, high]).toEqual([-18 * widening, 18 * widening]);
  });

  test('the errors of later steps and of several series are not independent', () => {
    const { widening } = correctionsOf(
      ofThreeSteps(
        (i) => i - 19.5,
        () => 0,
      ),
      'linear',
    );
    // The 40 errors come from 12 times of 4 series. They count as 12 · √4 independent errors at the first step, and as a third of
    // that at the third step.
    const reach = (t: number, count: number) => t * Math.sqrt(1 + 1 / count);
    const [atOne, atThree, ofAll] = [reach(1.710882, 24), reach(1.859548, 8), reach(1.683851, 40)];
    expect(widening[0]).toBeCloseTo(atOne / ofAll, 4);
    expect(widening[2]).toBeCloseTo(atThree / ofAll, 4);
  });

  test("Student's t is that of tables", () => {
    const table = [
      [1, 0.05, 6.313752],
      [2, 0.05, 2.919986],
      [4.5, 0.05, 2.065576],
      [10, 0.1, 1.372184],
      [30, 0.025, 2.042272],
      [1000, 0.025, 1.962339],
    ] as const;
    for (const [degrees, tail, t] of table) expect(studentTail(degrees, tail) / t).toBeCloseTo(1, 4);
  });

  test('an end is not below the least possible value', () => {
    const corrections = correctionsOf(backtestOf({ linear: [-2, 0, 1] }), 'linear');
    const [low, median, high] = correctedEnds([1, 1, 1], 1, corrections, 0, 0);
    expect([low, median]).toEqual([0, 1]);
    expect(high).toBeGreaterThan(2);
  });
});

test('the interval of a fold is that of the other folds', () => {
  // Errors of the even fold are inside the interval of the odd one, which has none of its own inside that of the even one.
  expect(scoresOf(backtestOf({ linear: [1, 9, -1, -9] }), 'linear').coverage).toBe(0.5);
});

describe('the combination', () => {
  const members = ['exponentialSmoothing', 'linear'] as const;
  const horizons = Infinity;

  test('weighs members by their errors, of the series and of all', () => {
    const { ofSeries } = weightsFrom({
      members,
      ofSeries: [
        [1, 1.2],
        [1.2, 1],
        [Number.NaN, Number.NaN],
        [1, 100],
      ],
      ofAll: [1, 1.2],
      horizons,
    });
    const share = 1 / (1 + 1.2 ** -12);
    expect(ofSeries[0]![0]).toBeCloseTo(share, 12);
    expect(ofSeries[1]).toEqual([0.5, 0.5]);
    expect(ofSeries[2]![0]).toBeCloseTo(share, 12);
    expect(ofSeries[3]).toEqual([1, 0]);
  });

  test('in the backtest, weights of a fold are those of the other folds', () => {
    // Smoothing is exact in the odd fold, the linear model in the even one.
    const test = backtestOf({ exponentialSmoothing: [5, 0, 5, 0], linear: [0, 3, 0, 3] });
    expect([...withCombination(test, members).forecasts.get('combination')![1]!]).toEqual([5, 3, 5, 3]);
    expect(weightsFrom(memberErrors(test, members)).ofSeries[0]![1]).toBeGreaterThan(0.9);
    const single = { ...test, folds: new Uint32Array(4), foldCount: 1 };
    expect([...withCombination(single, members).forecasts.get('combination')![1]!]).toEqual([2.5, 1.5, 2.5, 1.5]);
  });

  test('a value changes no forecast of its own fold', () => {
    const test = backtestOf({ exponentialSmoothing: [1, 2, 3, 4], linear: [2, 1, 4, 3] });
    const forecastsOf = (truths: number[]) =>
      withCombination({ ...test, truths: Float64Array.from(truths) }, members).forecasts.get('combination')![1]!;
    const [before, after] = [forecastsOf([0, 0, 0, 0]), forecastsOf([9, 0, 9, 0])];
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
    expect(after[1]).not.toBe(before[1]);
  });
});
