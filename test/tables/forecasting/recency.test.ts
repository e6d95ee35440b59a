import { Random } from '../../../lib/index.js';
import { backtest } from '../../../lib/tables/forecasting/backtest.js';
import { weightsFrom } from '../../../lib/tables/forecasting/combination.js';
import { memberErrors } from '../../../lib/tables/forecasting/combined_backtest.js';
import { correctedEnds, correctionsOf } from '../../../lib/tables/forecasting/corrections.js';
import { History, planOf } from '../../../lib/tables/forecasting/features.js';
import { panelOf } from '../../../lib/tables/forecasting/series.js';
import { predictionReach } from '../../../lib/tables/forecasting/student.js';
import { forecast, table } from '../../../lib/tables/index.js';
import { backtestOf, intervalOf } from '../../support/backtests.js';

const random = new Random(3);
const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

const made = (errors: Parameters<typeof backtestOf>[0], recency: readonly number[]) =>
  backtestOf(errors, { recency, foldCount: 1 });

const ofData = async (values: readonly number[], horizon = 4) => {
  const rows = values.map((y, i) => ({ time: i, y }));
  const panel = panelOf(await table(rows), { time: 'time', target: 'y', known: [] });
  const plan = planOf(panel, { season: 1, horizon, known: [], isDate: false });
  const histories = panel.series.map((one) => new History(one));
  return { spacing: panel.spacing, plan, histories, levels: [0.05, 0.5, 0.95], lowest: -Infinity };
};

describe('intervals', () => {
  test('later errors count more', () => {
    const recency = [1 / 8, 1 / 4, 1 / 2, 1];
    const test = { ...made({ linear: [1, 2, 3, 4] }, recency), levels: [0.2, 0.5, 0.8] };
    const count = 1.875 ** 2 / (1 + 1 / 4 + 1 / 16 + 1 / 64); // errors of equal weight
    const ofAbsolute = 10 / (10 + count);
    // The weights sum to 1.875, and to 2.875 with that of the next error. Only the largest absolute error reaches 0.6 · 2.875; with
    // equal weights, the third would.
    const { low, high } = intervalOf({ ...test, times: 100 });
    expect(low).toBeCloseTo(-4, 12);
    expect(high).toBeCloseTo((1 - ofAbsolute) * -1 + ofAbsolute * 4, 12);
    // Two times, for four errors: half of the errors count as independent.
    expect(intervalOf({ ...test, times: 2 }).widening).toBeCloseTo(
      predictionReach(count / 2, 0.2) / predictionReach(count, 0.2),
      9,
    );
  });

  test('contain nearer 90 % after a change of the deviation, and as many as they should without one', () => {
    const count = 100;
    const ages = Array.from({ length: count }, (_, i) => count - i);
    const equal = ages.map(() => 1);
    const recent = ages.map((age) => 0.5 ** (age / (0.5 * count)));
    /** The share of new errors in the interval, if the last 30 errors and the new one deviate so much. */
    const coverage = (deviation: number, recency: readonly number[]) => {
      let inside = 0;
      for (let trial = 0; trial < 1000; ++trial) {
        const errors = ages.map((age) => (age <= 30 ? deviation : 1) * normal());
        const { low, high } = intervalOf(made({ linear: errors }, recency));
        const next = deviation * normal();
        if (low <= next && next <= high) inside += 1;
      }
      return inside / 1000;
    };
    const [adapted, unadapted] = [coverage(3, recent), coverage(3, equal)];
    expect(unadapted).toBeLessThan(0.82);
    expect(adapted).toBeGreaterThan(unadapted + 0.03);
    expect(adapted).toBeLessThan(0.95);
    const calm = coverage(1, recent);
    expect(calm).toBeGreaterThan(0.87);
    expect(calm).toBeLessThan(0.95);
  });

  test('the unit of errors is between that of the whole past and that of recent changes', async () => {
    const values = Array.from({ length: 400 }, (_, i) => (i % 2) * (i < 300 ? 1 : 4));
    const { histories } = await ofData(values);
    // 299 changes of 1, one of 0 or 4, and changes of 4; the last 24 changes are 4.
    const all =
      Array.from({ length: 399 }, (_, i) => Math.abs(values[i + 1]! - values[i]!)).reduce((sum, x) => sum + x, 0) / 399;
    expect(histories[0]!.errorScale(400, 1)).toBeCloseTo(Math.sqrt(4 * all), 12);
    expect(new History({ ...histories[0]!.series, filled: new Float64Array(9) }).errorScale(9, 1)).toBe(1);
  });
});

test('the interval of a forecast is in the same unit as the errors of the backtest', async () => {
  const values = Array.from({ length: 200 }, (_, i) => (i < 170 ? 1 : 5) * normal());
  const data = await ofData(values, 1);
  const corrections = correctionsOf(await backtest(data, ['exponentialSmoothing', 'theta'], 4, { seed: 0 }), 'theta');
  const rows = values.map((y, time) => ({ time, y }));
  const options = { time: 'time', target: 'y', horizon: 1, folds: 4, methods: ['theta'] } as const;
  const { prediction, low, high } = (await forecast(await table(rows), options)).forecast[0]!;
  const ends = [prediction, prediction, prediction] as const;
  const found = correctedEnds(ends, data.histories[0]!.errorScale(200, 1), corrections, 0, -Infinity);
  expect([low, high]).toEqual([found[0], found[2]]);
});

test('in the backtest, errors count half as much half a backtest earlier', async () => {
  const data = await ofData(Array.from({ length: 80 }, normal));
  const { recency, origins, times } = await backtest(data, ['theta'], 4, { seed: 0 });
  expect(times).toBe(40);
  const of = (at: number) => recency[origins.findIndex((origin) => origin.at === at)]!;
  expect(of(60)).toBeCloseTo(0.5, 12);
  expect(of(40)).toBeCloseTo(0.25, 12);
});

test('the backtest begins earlier if methods still have enough rows to learn from', async () => {
  const timesOf = async (length: number, horizon = 4) =>
    (await backtest(await ofData(Array.from({ length }, normal), horizon), ['theta'], 4, { seed: 0 })).times;
  expect(await timesOf(200)).toBe(100); // half
  // Inputs need 28 values, a row needs 4 more, and 20 rows are wanted.
  expect(await timesOf(84)).toBe(84 - 28 - 4 - 20);
  expect(await timesOf(84, 12)).toBe(25); // at least 30 %
});

describe('the errors that weigh members', () => {
  const members = ['exponentialSmoothing', 'linear'] as const;
  const equal = [1, 1, 1, 1];

  test('are geometric means, so that a crisis decides little', () => {
    const { ofAll } = memberErrors(made({ exponentialSmoothing: [1, 1, 1, 8], linear: [2, 2, 2, 1] }, equal), members);
    expect(ofAll[0]).toBeCloseTo(8 ** 0.25, 12);
    expect(ofAll[1]).toBeCloseTo(8 ** 0.25, 12);
  });

  test('of later origins count more', () => {
    const errors = { exponentialSmoothing: [1, 1, 2, 2], linear: [2, 2, 1, 1] };
    const [smoothing, linear] = memberErrors(made(errors, [1, 1, 3, 3]), members).ofAll;
    expect(smoothing).toBeCloseTo(2 ** 0.75, 12);
    expect(linear).toBeCloseTo(2 ** 0.25, 12);
  });

  test('are at least a tenth of the mean, so that exact forecasts of some origins decide little', () => {
    const { ofAll } = memberErrors(made({ exponentialSmoothing: [0, 2, 2, 2], linear: [2, 2, 2, 2] }, equal), members);
    expect(ofAll[0]! / ofAll[1]!).toBeCloseTo(((0.1 * 1.75) / 2) ** 0.25, 12);
  });

  test('count as larger for methods that learn from features, in short backtests more', () => {
    const weightOf = (horizons: number) =>
      weightsFrom({ members, ofSeries: [[1, 1]], ofAll: [1, 1], horizons }).ofSeries[0]![1]!;
    expect(weightOf(Infinity)).toBe(0.5);
    expect(weightOf(4)).toBeCloseTo(1 / (1 + 1.05 ** 12), 12);
    expect(memberErrors(made({ exponentialSmoothing: equal, linear: equal }, equal), members).horizons).toBe(4);
  });
});
