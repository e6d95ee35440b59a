import { fitTheta } from '../../../lib/tables/forecasting/fit_theta.js';
import { extrapolate, smooth } from '../../../lib/tables/forecasting/smoothing.js';

const noise = (i: number) => Math.sin(i * i + 1);

const forecastsOf = (values: Float64Array, season: number, steps: number) => {
  const { form, weights, initial } = fitTheta(values, season);
  return extrapolate(form, weights, smooth(form, weights, initial, values).state, steps);
};

/** The line of least squares: its value at each time. */
function lineOf(values: Float64Array): (time: number) => number {
  const meanTime = (values.length - 1) / 2;
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  let [products, squares] = [0, 0];
  for (const [i, x] of values.entries()) {
    products += (i - meanTime) * (x - mean);
    squares += (i - meanTime) ** 2;
  }
  return (time) => mean + (products / squares) * (time - meanTime);
}

test('forecasts are the mean of the line and of simple exponential smoothing of twice the distance from it', () => {
  const values = Float64Array.from(
    { length: 40 },
    (_, i) => 50 + 0.7 * i + 4 * noise(i) + 3 * noise(Math.floor(i / 5)),
  );
  const { weights, initial, form } = fitTheta(values, 1);
  expect(form.seasonal).toBe('none');
  const line = lineOf(values);
  let level = 2 * initial.level - line(-1);
  for (const [i, y] of values.entries()) level += weights.level * (2 * y - line(i) - level);
  const found = forecastsOf(values, 1, 6);
  for (const [i, x] of found.entries()) expect(x).toBeCloseTo((line(40 + i) + level) / 2, 9);
});

test('weight and initial level have the least squared errors', () => {
  const values = Float64Array.from({ length: 60 }, (_, i) => 20 + 5 * noise(i) + 10 * Math.sin(i / 9));
  const { form, weights, initial, squares } = fitTheta(values, 1);
  const squaresAt = (level: number, alpha: number) =>
    smooth(form, { ...weights, level: alpha }, { ...initial, level }, values).squares;
  expect(squaresAt(initial.level, weights.level)).toBeCloseTo(squares, 8);
  for (const change of [-0.02, 0.02]) {
    expect(squaresAt(initial.level + 10 * change, weights.level)).toBeGreaterThan(squares);
    expect(squaresAt(initial.level, weights.level + change)).toBeGreaterThan(squares);
  }
});

test('a season is found, in proportion if all values are positive, and continues', () => {
  const factors = [0.8, 1, 1.3, 0.9];
  const values = Float64Array.from({ length: 48 }, (_, i) => (100 + i) * factors[i % 4]! * (1 + 0.01 * noise(i)));
  expect(fitTheta(values, 4).form).toEqual({ trend: 'additive', seasonal: 'multiplicative', season: 4 });
  const found = forecastsOf(values, 4, 4);
  for (const [i, x] of found.entries()) expect(x / ((148 + i) * factors[i]!)).toBeCloseTo(1, 1);
  expect(
    fitTheta(
      values.map((x) => x - 200),
      4,
    ).form.seasonal,
  ).toBe('additive');
  const plain = Float64Array.from({ length: 48 }, (_, i) => noise(i));
  expect(fitTheta(plain, 4).form.seasonal).toBe('none');
});

test('missing values change nothing but their own time', () => {
  const values = Float64Array.from({ length: 30 }, (_, i) => 10 + noise(i));
  values[7] = Number.NaN;
  expect(forecastsOf(values, 1, 3).every((x) => x > 8 && x < 12)).toBe(true);
  const constant = Float64Array.from({ length: 9 }, () => 3);
  for (const x of forecastsOf(constant, 1, 2)) expect(x).toBeCloseTo(3, 12);
});
