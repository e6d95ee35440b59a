import { Random } from '../../../lib/index.js';
import {
  fitAveragedSmoothing,
  fitExponentialSmoothing,
  type SmoothingForecaster,
} from '../../../lib/tables/forecasting/exponential_smoothing.js';
import { History, planOf } from '../../../lib/tables/forecasting/features.js';
import { type FittedSmoothing, fitSmoothing, weightedByAkaike } from '../../../lib/tables/forecasting/fit_smoothing.js';
import { panelOf } from '../../../lib/tables/forecasting/series.js';
import { extrapolate, smooth } from '../../../lib/tables/forecasting/smoothing.js';
import { forecast, table } from '../../../lib/tables/index.js';

const random = new Random(5);
const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());

const horizon = 12;

/** Random walks with a drift. */
const walk = (length: number) => {
  let level = 100;
  return Array.from({ length }, () => {
    level += 0.2 + normal();
    return level;
  });
};

const dataOf = async (all: readonly (readonly number[])[]) => {
  const rows = all.flatMap((values, name) => values.map((y, time) => ({ name: `s${name}`, time, y })));
  const panel = panelOf(await table(rows), { time: 'time', target: 'y', by: 'name', known: [] });
  const plan = planOf(panel, { season: 1, horizon, known: [], isDate: false });
  const histories = panel.series.map((one) => new History(one));
  return { spacing: panel.spacing, plan, histories, levels: [0.05, 0.5, 0.95], lowest: -Infinity };
};

test('a form counts 1/e as much if its criterion is larger by 2', () => {
  const form = { trend: 'none', seasonal: 'none', season: 1 } as const;
  const fit = fitSmoothing(form, Float64Array.of(1, 2, 1, 3));
  const withCriteria = (list: number[]) => list.map((criterion): FittedSmoothing => ({ ...fit, criterion }));
  const compared = withCriteria([12, 10, Infinity, 30]);
  const found = weightedByAkaike(compared);
  expect(found.map((one) => compared.indexOf(one.fit))).toEqual([0, 1]); // e⁻¹⁰ is less than 1 %
  expect(found[0]!.weight / found[1]!.weight).toBeCloseTo(1 / Math.E, 12);
  expect(found[0]!.weight + found[1]!.weight).toBeCloseTo(1, 12);
  expect(weightedByAkaike(withCriteria([Infinity, Infinity]))).toHaveLength(1);
});

describe('averaged smoothing', () => {
  const length = 50;
  const series = Array.from({ length: 100 }, () => walk(length + horizon));
  const context = { seed: 0 };
  let data: Awaited<ReturnType<typeof dataOf>>;
  let [best, averaged]: SmoothingForecaster[] = [];
  beforeAll(async () => {
    data = await dataOf(series);
    best = await fitExponentialSmoothing(data, length, context);
    averaged = await fitAveragedSmoothing(best)(data, length, context);
  });
  const origins = series.map((_, index) => ({ series: index, at: length }));

  test('forecasts the weighted mean of its forms', async () => {
    const [found] = await averaged!.forecast(data, origins);
    expect(averaged!.fits.some((one) => one!.parts.length > 1)).toBe(true);
    for (const [i, one] of averaged!.fits.entries()) {
      const values = data.histories[i]!.series.values.subarray(0, length);
      const expected = new Float64Array(horizon);
      for (const { weight, fit } of one!.parts) {
        const { state } = smooth(fit.form, fit.weights, fit.initial, values);
        for (const [step, x] of extrapolate(fit.form, fit.weights, state, horizon).entries())
          expected[step]! += weight * x;
      }
      for (const [step, x] of expected.entries()) expect(found![i * horizon + step]).toBeCloseTo(x, 9);
    }
  });

  test('has smaller errors than the best form on random walks with a drift', async () => {
    const errorOf = async (forecaster: SmoothingForecaster) => {
      const [found] = await forecaster.forecast(data, origins);
      return found!.reduce(
        (sum, x, i) => sum + Math.abs(x - series[Math.floor(i / horizon)]![length + (i % horizon)]!) / found!.length,
        0,
      );
    };
    expect((await errorOf(averaged!)) / (await errorOf(best!))).toBeLessThan(0.99);
  });

  test('keeps forms and weights of the first fold if there are many series', async () => {
    const earlier = new Map([
      ['exponentialSmoothing', best!],
      ['averagedSmoothing', averaged!],
    ] as const);
    const later = await fitExponentialSmoothing(data, length + 3, { ...context, earlier });
    const found = await fitAveragedSmoothing(later)(data, length + 3, { ...context, earlier });
    const shapeOf = ({ fits }: SmoothingForecaster) =>
      fits.map((one) => one!.parts.map(({ weight, fit: { form } }) => ({ weight, form })));
    expect(shapeOf(found)).toEqual(shapeOf(averaged!));
  });
});

test('more than 50 series, some of whose levels never move, have finite errors', async () => {
  const rows = Array.from({ length: 51 }, (_, name) =>
    Array.from({ length: 60 }, (_, time) => ({ name: `s${name}`, time, y: 10 + 3 * random.uniform() })),
  ).flat();
  const { report } = await forecast(await table(rows), {
    ...{ time: 'time', target: 'y', by: 'name', season: 7, horizon: 3 },
    methods: ['exponentialSmoothing', 'averagedSmoothing', 'theta', 'combination'],
  });
  const { exponentialSmoothing, averagedSmoothing, combination } = report.scores;
  for (const one of [averagedSmoothing!, combination!]) expect(one.mase).toBeLessThan(1.1 * exponentialSmoothing!.mase);
});
