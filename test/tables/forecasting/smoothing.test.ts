import { bestSmoothing, fitSmoothing, refitted } from '../../../lib/tables/forecasting/fit_smoothing.js';
import {
  extrapolate,
  type SmoothingForm,
  type SmoothingState,
  type SmoothingWeights,
  smooth,
  squaresWithGradient,
} from '../../../lib/tables/forecasting/smoothing.js';
import golden from '../../golden/smoothing.json';

type Case = (typeof golden.cases)[number];

const formOf = (one: Case) => one.form as SmoothingForm;

const weightsOf = ({ form, weights: { alpha, betaStar, gamma, phi } }: Case): SmoothingWeights => ({
  level: alpha,
  trend: form.trend === 'none' ? 0 : alpha * betaStar,
  seasonal: form.seasonal === 'none' ? 0 : gamma,
  damping: form.trend === 'damped' ? phi : 1,
});

const stateOf = ({ form, initial }: Case): SmoothingState => ({
  level: initial.level,
  trend: initial.trend,
  seasonal: form.seasonal === 'none' ? new Float64Array(1) : Float64Array.from(initial.seasonal),
  times: 0,
});

/** The largest difference, relative to the expected number. */
const furthest = (found: Float64Array, expected: readonly number[]): number =>
  Math.max(...expected.map((x, i) => Math.abs(found[i]! / x - 1)));

describe.each(golden.cases.map((one) => [one.name, one] as const))('%s', (_, one) => {
  const values = Float64Array.from(one.values);

  test('equals statsmodels at the same parameters', () => {
    const [form, weights, initial] = [formOf(one), weightsOf(one), stateOf(one)];
    const { fitted, squares, state } = smooth(form, weights, initial, values);
    expect(furthest(fitted, one.fitted)).toBeLessThan(1e-9);
    expect(Math.abs(squares / one.squares - 1)).toBeLessThan(1e-9);
    // At horizons that are multiples of the season, statsmodels 0.14 uses the seasonal term before its last update.
    const [place, before] = [(values.length - 1) % form.season, smooth(form, weights, initial, values.subarray(0, -1))];
    const stale = state.seasonal.map((x, i) => (i === place ? before.state.seasonal[i]! : x));
    const forecasts = extrapolate(form, weights, { ...state, seasonal: stale }, one.forecasts.length);
    expect(furthest(forecasts, one.forecasts)).toBeLessThan(1e-9);
    const own = extrapolate(form, weights, state, one.forecasts.length);
    const others = one.forecasts.map((x, i) => (form.season > 1 && (i + 1) % form.season === 0 ? own[i]! : x));
    expect(furthest(own, others)).toBeLessThan(1e-9);
  });

  test('has no larger errors than the optimum of statsmodels', () => {
    const { squares, weights } = fitSmoothing(formOf(one), values);
    expect(squares).toBeLessThanOrEqual(one.optimum.squares * (1 + 1e-3));
    expect(weights.level).toBeGreaterThan(0);
    expect(weights.level).toBeLessThan(1);
    expect(weights.trend).toBeLessThanOrEqual(weights.level);
    expect(weights.seasonal).toBeLessThanOrEqual(1 - weights.level);
  });

  test('has the gradient of finite differences, with a missing value', () => {
    const holed = values.slice();
    holed[7] = Number.NaN;
    const [form, weights, initial] = [formOf(one), weightsOf(one), stateOf(one)];
    const { gradient } = squaresWithGradient(form, weights, initial, holed);
    const h = 1e-5;
    const slope = (move: (h: number) => [SmoothingWeights, SmoothingState]) => {
      const at = (step: number) => smooth(form, ...move(step), holed).squares;
      return (at(h) - at(-h)) / (2 * h);
    };
    const season = (step: number) => initial.seasonal.map((x, i) => (i === 2 ? x + step : x));
    const pairs: [number, number][] = [
      [gradient.level, slope((d) => [{ ...weights, level: weights.level + d }, initial])],
      [gradient.trend, slope((d) => [{ ...weights, trend: weights.trend + d }, initial])],
      [gradient.seasonal, slope((d) => [{ ...weights, seasonal: weights.seasonal + d }, initial])],
      [gradient.damping, slope((d) => [{ ...weights, damping: weights.damping + d }, initial])],
      [gradient.initialLevel, slope((d) => [weights, { ...initial, level: initial.level + d }])],
      [gradient.initialTrend, slope((d) => [weights, { ...initial, trend: initial.trend + d }])],
      ...(form.seasonal === 'none'
        ? []
        : [
            [gradient.initialSeasonal[2]!, slope((d) => [weights, { ...initial, seasonal: season(d) }])] as [
              number,
              number,
            ],
          ]),
    ];
    for (const [found, expected] of pairs)
      expect(Math.abs(found - expected)).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected)));
  });
});

test('the chosen form has the season and the trend of the series', () => {
  const values = Float64Array.from({ length: 72 }, (_, i) => (50 + 2 * i) * (1 + 0.3 * Math.sin((i * Math.PI) / 6)));
  const noisy = values.map((x, i) => x + 0.5 * Math.sin(i * i));
  const { form } = bestSmoothing(noisy, 12);
  expect(form.seasonal).toBe('multiplicative');
  expect(form.trend).not.toBe('none');
});

test('a fit to more values may start from an earlier one', () => {
  const all = Float64Array.from(
    { length: 120 },
    (_, i) => 40 + 0.2 * i + 5 * Math.sin(i / 7) + [0, 3, -2, 1][i % 4]! + Math.sin(i * i),
  );
  for (const trend of ['none', 'additive', 'damped'] as const) {
    const form = { trend, seasonal: 'additive', season: 4 } as const;
    const earlier = fitSmoothing(form, all.subarray(0, 90));
    const { squares, form: kept } = refitted(earlier, all);
    expect(kept).toEqual(form);
    expect(squares / fitSmoothing(form, all).squares).toBeCloseTo(1, 2);
    const { squares: none } = fitSmoothing(form, all, { starts: 1, steps: 0 }, earlier);
    expect(squares).toBeLessThanOrEqual(none);
    expect(none / squares).toBeLessThan(1.1); // the start is that of the earlier fit
  }
});
