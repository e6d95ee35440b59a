import fs from 'node:fs';
import path from 'node:path';
import { backtest } from '../../../lib/tables/forecasting/backtest.js';
import { History, planOf } from '../../../lib/tables/forecasting/features.js';
import * as fits from '../../../lib/tables/forecasting/fit_smoothing.js';
import { fittedMethods } from '../../../lib/tables/forecasting/methods.js';
import { panelOf } from '../../../lib/tables/forecasting/series.js';
import { type ForecastOptions, forecast, loadForecastModel, type Table, table } from '../../../lib/tables/index.js';
import { folders } from '../../support/folders';

const newFolder = folders();

const day = 86_400_000;
const start = Date.UTC(2024, 0, 1);

/** A number in [−1, 1) that depends on an integer only. */
const noise = (i: number): number =>
  ((((i + 11) * 2654435761) % 4294967296) / 2147483648 - 1) * 0.5 + Math.sin(i * i) * 0.5;

const week = [0, 1, 2, 4, 9, 12, -3];

/** A week, a slow wave and noise; sales rise by 15 on days of promotions. */
const sales = (i: number, store = 0) =>
  50 + 10 * store + week[i % 7]! + 6 * Math.sin(i / 40) + 15 * Number(i % 11 === 3) + 2 * noise(i + 1000 * store);

const rowsOf = (count: number, stores = 1) =>
  Array.from({ length: stores }, (_, store) =>
    Array.from({ length: count }, (_, i) => ({
      day: new Date(start + i * day),
      store: `s${store}`,
      promo: i % 11 === 3,
      sales: sales(i, store) as number | null,
    })),
  ).flat();

const options: ForecastOptions = { time: 'day', target: 'sales', horizon: 7, folds: 2 };

const future = (rows: ReturnType<typeof rowsOf>, count: number, store = 's0') => {
  const last = Math.max(...rows.filter((row) => row.store === store).map((row) => Number(row.day)));
  return Array.from({ length: count }, (_, i) => ({
    day: new Date(last + (i + 1) * day),
    store,
    promo: ((last - start) / day + i + 1) % 11 === 3,
    sales: null as number | null,
  }));
};

describe('one series with a known column', () => {
  const rows = rowsOf(200);
  let known: Table;
  let result: Awaited<ReturnType<typeof forecast>>;
  beforeAll(async () => {
    known = await table([...rows, ...future(rows, 7)]);
    result = await forecast(known, { ...options, known: ['promo'], folds: 4 });
  });

  test('the model is better than seasonal persistence and exponential smoothing, and knows promotions', () => {
    const { scores, chosen } = result.report;
    expect(scores[chosen]!.mase).toBeLessThan(0.6 * scores.seasonalPersistence!.mase);
    expect(scores[chosen]!.mase).toBeLessThan(0.75 * scores.exponentialSmoothing!.mase);
    const errors = result.forecast.map(({ prediction }, i) => Math.abs(prediction - sales(200 + i)));
    expect(Math.max(...errors)).toBeLessThan(5);
  });

  test('intervals contain about as many values as they should', () => {
    const { scores, chosen, choice } = result.report;
    for (const { coverage } of [scores[chosen]!, choice]) {
      expect(coverage).toBeGreaterThan(0.7);
      expect(coverage).toBeLessThan(0.99);
    }
    expect(result.forecast.filter(({ low, prediction, high }) => !(low <= prediction && prediction <= high))).toEqual(
      [],
    );
  });

  test('forecasts are of the times after the last value', () => {
    expect(result.forecast.map(({ time }) => Number(time))).toEqual(
      Array.from({ length: 7 }, (_, i) => start + (200 + i) * day),
    );
    expect(result.report).toMatchObject({ spacing: 'day', season: 7, series: 1, values: 200, first: '2024-01-01' });
  });

  test('a saved model forecasts the same, and goes on with rows that have come since', async () => {
    const file = path.join(newFolder(), 'sales.safetensors');
    await result.model.save(file);
    const loaded = await loadForecastModel(file);
    expect(await loaded.forecast()).toEqual(result.forecast);
    expect(loaded.report).toEqual(JSON.parse(JSON.stringify(result.report)));
    expect(result.model.toBytes()).toEqual(Uint8Array.from(fs.readFileSync(file)));
    const newer = rowsOf(205).slice(200);
    const next = await loaded.forecast([...newer, ...future(rowsOf(205), 7)]);
    expect(Number(next[0]!.time)).toBe(start + 205 * day);
    expect(Math.max(...next.map(({ prediction }, i) => Math.abs(prediction - sales(205 + i))))).toBeLessThan(5);
  });

  test('a new plan of a known column changes the forecast', async () => {
    const plan = (promo: number) => future(rows, 7).map((row) => ({ ...row, promo }));
    const mean = (list: readonly { prediction: number }[]) => list.reduce((sum, one) => sum + one.prediction / 7, 0);
    const [none, all] = [await result.model.forecast(plan(0)), await result.model.forecast(plan(1))];
    expect(Number(none[0]!.time)).toBe(start + 200 * day);
    expect(mean(all)).toBeGreaterThan(mean(none) + 5);
    const withoutTarget = plan(1).map(({ sales: _, ...row }) => row);
    expect(await result.model.forecast(withoutTarget)).toEqual(all);
  });

  test('a plan without known columns, or with empty ones, is refused', async () => {
    const empty = future(rows, 7).map((row) => ({ ...row, promo: null }));
    expect(await result.model.forecast(empty)).toEqual(result.forecast); // the plan of the training stays
    const newer = rowsOf(205).slice(200);
    const later = future(rowsOf(205), 7).map((row) => ({ ...row, promo: null }));
    await expect(result.model.forecast([...newer, ...later])).rejects.toThrow('"promo" lacks a value for 2024-07-26');
    await expect(result.model.forecast(future(rows, 7).map(({ promo: _, ...row }) => row))).rejects.toThrow(
      'has no column "promo"',
    );
    const options = { time: 'day', target: 'sales', horizon: 3, known: ['promo'] };
    await expect(forecast(await table(rows.map((row) => ({ ...row, promo: null }))), options)).rejects.toThrow(
      'known: "promo" has no value; leave it out, or fill it in',
    );
  });

  test('the plan of the training stays for times that later rows do not have', async () => {
    const [last] = rowsOf(200).slice(199);
    expect(await result.model.forecast([last!])).toEqual(result.forecast);
    const later = future(rowsOf(203), 4).map((row) => ({ ...row, promo: 1 }));
    const changed = await result.model.forecast(later);
    expect(changed.slice(0, 3)).toEqual(result.forecast.slice(0, 3));
    expect(changed.map(({ time }) => time)).toEqual(result.forecast.map(({ time }) => time));
  });

  test('the future of a known column must be there', async () => {
    await expect(result.model.forecast(rowsOf(202).slice(200))).rejects.toThrow(
      'known: "promo" lacks a value for 2024-07-26; add a row for each of the next 7 times (one every day) with known columns and an empty "sales"',
    );
  });
});

test('a value changes no forecast from an origin before it', async () => {
  const plain = rowsOf(120, 2);
  const forecastsOf = async (rows: typeof plain) => {
    const data = await table(rows);
    const panel = panelOf(data, { time: 'day', target: 'sales', by: 'store', known: [] });
    const plan = planOf(panel, { season: 7, horizon: 5, known: [], isDate: true });
    const histories = panel.series.map((one) => new History(one));
    const test = await backtest(
      { spacing: panel.spacing, plan, histories, levels: [0.05, 0.5, 0.95], lowest: 0 },
      fittedMethods,
      2,
      { seed: 1 },
    );
    return test;
  };
  // The last value of each series belongs to no origin of the backtest.
  const changed = plain.map((row, i) => (i % 120 === 119 ? { ...row, sales: 500 } : row));
  const [before, after] = [await forecastsOf(plain), await forecastsOf(changed)];
  expect(before.forecasts.size).toBe(7);
  expect(after.forecasts).toEqual(before.forecasts);
  expect(after.scales).toEqual(before.scales);
  expect(after.truths).not.toEqual(before.truths);
  // The first fold also knows nothing of the second one.
  const first = before.folds.indexOf(1) - 1;
  const cut = plain.map((row, i) => (i % 120 >= before.begin ? { ...row, sales: 1 } : row));
  const other = await forecastsOf(cut);
  for (const [method, quantiles] of before.forecasts)
    expect([method, other.forecasts.get(method)![1]!.subarray(0, 5)]).toEqual([method, quantiles[1]!.subarray(0, 5)]);
  expect(first).toBeGreaterThan(0);
});

test('a series without noise is forecast exactly', async () => {
  const rows = rowsOf(60).map(({ day }, i) => ({ day, sales: 20 + (i % 7) }));
  const { forecast: next, model } = await forecast(await table(rows), options);
  const errors = next.map(({ prediction }, i) => Math.abs(prediction - 20 - ((60 + i) % 7)));
  expect(Math.max(...errors)).toBeLessThan(1e-3);
  expect(await model.forecast(rows.slice(-1))).toEqual(next);
});

test('forecasts and intervals of counts do not go below 0, or below the least value that is given', async () => {
  const counts = await table(rowsOf(80).map(({ day }, i) => ({ day, sales: Math.max(0, Math.round(3 * noise(i))) })));
  const lows = async (lowest?: number) => {
    const methods = ['exponentialSmoothing', 'theta', 'combination'] as const;
    const { forecast: next, report, backtested } = await forecast(counts, { ...options, methods, lowest });
    expect(report.lowest).toBe(lowest ?? 0);
    return [next, backtested].map((rows) => Math.min(...rows.map(({ low }) => low)));
  };
  expect(await lows()).toEqual([0, 0]);
  for (const low of await lows(-10)) expect(low).toBeLessThan(-0.1);
  const negative = await table(rowsOf(80).map(({ day }, i) => ({ day, sales: noise(i) })));
  const { report, forecast: next } = await forecast(negative, { ...options, methods: ['exponentialSmoothing'] });
  expect(report.lowest).toBeUndefined();
  expect(Math.min(...next.map(({ low }) => low))).toBeLessThan(0);
  await expect(forecast(counts, { ...options, lowest: 1 })).rejects.toThrow(
    'lowest: "sales" has the value 0, which is below 1',
  );
});

test('a combination of the methods that may be chosen is saved with its weights', async () => {
  const methods = ['exponentialSmoothing', 'averagedSmoothing', 'theta', 'combination'] as const;
  const {
    model,
    report,
    forecast: next,
  } = await forecast(await table(rowsOf(90, 2)), { ...options, by: 'store', methods });
  expect(report.chosen).toBe('combination');
  expect(Object.keys(report.scores)).toEqual(['persistence', 'seasonalPersistence', ...methods]);
  const file = path.join(newFolder(), 'sales.safetensors');
  await model.save(file);
  expect(await (await loadForecastModel(file)).forecast()).toEqual(next);
});

test('many series keep the form of the first fold in the backtest', async () => {
  const spy = jest.spyOn(fits, 'refitted');
  const methods = ['exponentialSmoothing'] as const;
  const fitsOf = async (stores: number) => {
    spy.mockClear();
    await forecast(await table(rowsOf(40, stores)), { ...options, by: 'store', season: 1, methods });
    return spy.mock.calls.length;
  };
  expect(await fitsOf(51)).toBe(51); // in the second of two folds
  expect(await fitsOf(3)).toBe(0);
});

test('missing and doubled times are named, and the order of rows does not matter', async () => {
  const rows = rowsOf(80).filter((_, i) => i !== 10 && i !== 20);
  rows.push({ ...rows[30]!, sales: rows[30]!.sales! + 2 });
  const { report, past } = await forecast(await table(rows), options);
  expect(report.missing).toEqual({ count: 2, first: ['2024-01-11', '2024-01-21'] });
  expect(report.doubled).toEqual({ count: 1, first: ['2024-02-02'] });
  expect(past[0]!.values[32]).toBe(sales(32) + 1);
  const again = await forecast(await table([...rows].reverse()), options);
  expect(again.report.scores).toEqual(report.scores);
});

test('several series are told apart; one that the model does not know is refused', async () => {
  const rows = [...rowsOf(80, 2), ...rowsOf(12).map((row) => ({ ...row, store: 'new' }))];
  const methods = ['linear'] as const;
  const { forecast: next, model, report } = await forecast(await table(rows), { ...options, by: 'store', methods });
  expect(next.map(({ series }) => series)).toEqual(['s0', 's1', 'new'].flatMap((name) => Array(7).fill(name)));
  expect(next[0]!.prediction).toBeLessThan(next[7]!.prediction);
  expect(next.filter(({ prediction }) => !Number.isFinite(prediction))).toEqual([]);
  expect(report.short.first).toEqual(['new']);
  expect(report.ended).toEqual({ count: 1, first: ['new'] });
  await expect(model.forecast([{ ...rows[0]!, store: 's2' }])).rejects.toThrow(/unknown series "s2"/);
});

test.each([1, 3])('the places of the backtest are counted in weekdays, with a horizon of %i', async (horizon) => {
  const days = Array.from({ length: 84 }, (_, i) => new Date(Date.UTC(2024, 0, 1 + i))).filter(
    (day) => day.getUTCDay() % 6,
  );
  const rows = days.map((day, i) => ({ day, sales: 10 + (i % 5) }));
  const { backtested, report } = await forecast(await table(rows), {
    time: 'day',
    target: 'sales',
    horizon,
    methods: ['exponentialSmoothing'],
  });
  expect(report.spacing).toBe('weekday');
  expect(backtested.map(({ place }) => place)).toEqual([-2, -1, 0].slice(3 - horizon));
  expect(backtested.at(-1)!.time).toEqual(days.at(-1));
});

test('a future without known columns is refused before anything is fitted', async () => {
  const rows = rowsOf(90).map((row) => ({ ...row, promo: 1 }));
  const onProgress = jest.fn();
  await expect(forecast(await table(rows), { ...options, known: ['promo'], onProgress })).rejects.toThrow(
    /known: "promo" lacks a value for 2024-03-31/,
  );
  expect(onProgress).not.toHaveBeenCalled();
});

test('options and tables that do not fit are refused', async () => {
  const data = await table(rowsOf(30));
  const refused = (more: object) => expect(forecast(data, { ...options, ...more })).rejects;
  await refused({ horizon: 20 }).toThrow(
    'the longest series has 30 times (one every day), but a horizon of 20 with a season of 7 needs at least 49; a horizon of 10 is possible, or give more rows',
  );
  await refused({ horizont: 3 }).toThrow('Did you mean "horizon"?');
  await refused({ time: 'store' }).toThrow(/time: Expected a column of dates or numbers, but "store" has words/);
  await refused({ known: ['sales'] }).toThrow('known: "sales" is the target, whose future is not known');
  await refused({ by: 'day' }).toThrow('by: "day" is the time');
  await refused({ methods: ['trees'] }).toThrow('unknown method "trees"');
  await refused({ methods: [] }).toThrow('Expected at least one method for methods');
  await refused({ lags: [1, 1] }).toThrow(/different whole numbers/);
});

test('the options season, lags, interval and seed have an effect; a signal ends the work', async () => {
  const data = await table(rowsOf(90));
  const plain = await forecast(data, options);
  const { report } = await forecast(data, { ...options, season: 1, lags: [0, 6], interval: 0.5 });
  expect(report.season).toBe(1);
  expect(report.lags).toEqual([0, 6]);
  expect(report.quantiles).toEqual([0.25, 0.5, 0.75]);
  expect(report.scores.persistence!.coverage).toBeLessThan(plain.report.scores.persistence!.coverage - 0.15);
  const simple = await forecast(data, { ...options, methods: ['persistence', 'exponentialSmoothing'] });
  expect(Object.keys(simple.report.scores)).toEqual(['persistence', 'seasonalPersistence', 'exponentialSmoothing']);
  expect(simple.report.chosen).toBe('exponentialSmoothing');
  const seeded = await forecast(data, { ...options, seed: 1 });
  expect(seeded.report.scores.linear).toEqual(plain.report.scores.linear);
  expect(seeded.report.scores.network).not.toEqual(plain.report.scores.network);
  const shares: number[] = [];
  const controller = new AbortController();
  const work = forecast(data, {
    ...options,
    signal: controller.signal,
    onProgress(_stage, share) {
      shares.push(share);
      controller.abort(new Error('enough'));
    },
  });
  await expect(work).rejects.toThrow('enough');
  expect(shares[0]).toBeGreaterThan(0);
});
