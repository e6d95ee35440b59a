import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import type { Table } from '../table.js';
import { backtest, possibleMethods } from './backtest.js';
import { type ForecastData, forecastMethods } from './candidate.js';
import { CombinationForecaster, membersUsed, weightsFrom } from './combination.js';
import { memberErrors, withCombination } from './combined_backtest.js';
import { correctionsOf } from './corrections.js';
import { featureNames, History, planOf } from './features.js';
import { checkFuture, ForecastModel } from './forecast_model.js';
import { lastBacktested } from './last_backtested.js';
import { fitMethods, fittedMethods, membersAmong, neededFor } from './methods.js';
import { type ForecastOptions, readOptions } from './options.js';
import type { ForecastReport } from './report.js';
import { bestIn, scoresOf, scoresOfChoice } from './scores.js';
import { knownColumnsOf, panelOf, type Series, type TimesNamed, timeText } from './series.js';
import { spacingText, timeOf, usualSeason } from './spacing.js';
import type { BacktestedRow, ForecastRow } from './spec.js';

/** The result of {@link forecast}. */
export interface Forecasted {
  readonly model: ForecastModel;
  readonly report: ForecastReport;
  /** The next values of each series, with their intervals. */
  readonly forecast: readonly ForecastRow[];
  /** What the chosen method forecast in the backtest for the last horizon of each series. */
  readonly backtested: readonly BacktestedRow[];
  /** The values that the forecasts continue. */
  readonly past: readonly PastValues[];
}

/** The past of a series. */
export interface PastValues {
  /** The series, if the table has several. */
  readonly series?: string;
  /** The values at adjacent times up to the last one that is present. NaN is missing. */
  readonly values: Float64Array;
  /** The time of the last value. */
  readonly last: Date | number;
}

/** The work of the backtest and of the final fit, as shares of the time. */
const ofBacktest = 0.75;

/**
 * Forecasts the next values of one or several series, and reports how good such forecasts were for the latest times, beside
 * persistence, seasonal persistence and exponential smoothing.
 *
 * @example
 * const { forecast, report, model } = await forecast(await table('sales.csv'), { time: 'day', target: 'sales', horizon: 14 });
 * @throws TypeError, RangeError for options or a table that don't fit; the signal's reason.
 */
export async function forecast(table: Table, options: ForecastOptions): Promise<Forecasted> {
  const start = performance.now();
  const { time, target, by, horizon, interval, folds, seed, signal, onProgress, lags, ...given } = readOptions(
    table,
    options,
  );
  const isDate = table.typeOf(time) === 'date';
  const columns = { time, target, by, known: knownColumnsOf(table, given.known) };
  const panel = panelOf(table, columns);
  const { spacing, series } = panel;
  const season = given.season ?? usualSeason(spacing);
  const plan = planOf(panel, { season, horizon, lags, known: columns.known, isDate });
  checkFuture(series, { plan, columns, spacing, isDate });
  const levels = [(1 - interval) / 2, 0.5, (1 + interval) / 2];
  const lowest = lowestOf(target, series, given.lowest);
  const data: ForecastData = { spacing, plan, levels, lowest, histories: series.map((one) => new History(one)) };
  const allowed = given.methods ?? forecastMethods;
  const possible = possibleMethods(data, folds);
  const members = allowed.includes('combination') ? membersAmong(allowed).filter((one) => possible.includes(one)) : [];
  const wanted = neededFor([...allowed, ...members, 'exponentialSmoothing']);
  const methods = possible.filter((one) => wanted.includes(one));
  const simple = await backtest(data, methods, folds, {
    seed,
    signal,
    onShare: (share) => onProgress?.('backtest', share * ofBacktest),
  });
  const test = members.length === 0 ? simple : withCombination(simple, members);
  const among = allowed.filter((method) => test.forecasts.has(method));
  if (among.length === 0)
    throw errorWith(
      'ERR_SHAPE',
      `methods: the series are too short for ${allowed.join(', ')}; give more rows, or allow exponentialSmoothing`,
    );
  const chosen = bestIn(test, among);
  const end = Math.max(...series.map(({ begin, values }) => begin + values.length));
  const weights = chosen === 'combination' ? weightsFrom(memberErrors(test, members)) : undefined;
  const needed = neededFor(weights ? membersUsed(weights) : [chosen]);
  const ended = series.filter(({ begin, values }) => begin + values.length < end);
  const short = series.filter(({ values }) => needed.includes('linear') && values.length < plan.needed);
  const fitted = await fitMethods(
    data,
    end,
    short.length > 0 ? neededFor([...needed, 'exponentialSmoothing']) : needed,
    {
      seed,
      signal,
      onShare: (share) => onProgress?.('final model', ofBacktest + share * (1 - ofBacktest)),
    },
  );
  const forecasters = weights
    ? new Map([...fitted, ['combination', new CombinationForecaster(weights, fitted)] as const])
    : fitted;
  const text = (number: number) => timeText(timeOf(spacing, number), isDate);
  const report: ForecastReport = {
    target,
    time,
    ...(by !== undefined && { by }),
    known: given.known,
    horizon,
    series: series.length,
    short: namesOf(short),
    ...(ended.length > 0 && { ended: namesOf(ended) }),
    values: series.reduce((sum, { values }) => sum + values.reduce((all, x) => all + (Number.isNaN(x) ? 0 : 1), 0), 0),
    spacing: spacingText(spacing),
    season,
    first: text(Math.min(...series.map(({ begin }) => begin))),
    last: text(end - 1),
    missing: panel.missing,
    doubled: panel.doubled,
    withoutTime: panel.withoutTime,
    ...(lowest > -Infinity && { lowest }),
    interval,
    quantiles: levels,
    chosen,
    ...(possible.length < fittedMethods.length && {
      leftOut: 'the series are too short for the linear model and the network',
    }),
    scores: Object.fromEntries([...test.forecasts.keys()].map((one) => [one, scoresOf(test, one)])),
    choice: scoresOfChoice(test, among),
    backtest: { folds: test.foldCount, from: text(test.begin), origins: test.origins.length },
    lags: plan.lags,
    inputs: featureNames(plan).length,
    seed,
    seconds: (performance.now() - start) / 1000,
  };
  const corrections = correctionsOf(test, chosen);
  const model = new ForecastModel(
    { columns, isDate, spacing, plan, levels, method: chosen, corrections, report },
    series,
    forecasters,
  );
  onProgress?.('done', 1);
  const past = series.map(({ name, begin, values }): PastValues => {
    const last = timeOf(spacing, begin + values.length - 1);
    return { ...(by !== undefined && { series: name }), values: values.slice(), last: isDate ? new Date(last) : last };
  });
  const backtested = lastBacktested(test, data, chosen, isDate, by !== undefined);
  return { model, report, forecast: await model.forecast(), backtested, past };
}

const namesOf = (series: readonly Series[]): TimesNamed => ({
  count: series.length,
  first: series.slice(0, 5).map(({ name }) => name),
});

/** The least possible value: the given one; else 0 if no value is negative, else none. */
function lowestOf(target: string, series: readonly Series[], given: number | undefined): number {
  const least = series.reduce((all, { filled }) => filled.reduce((min, x) => Math.min(min, x), all), Infinity);
  if (given !== undefined && least < given)
    throw errorWith('ERR_OUT_OF_RANGE', `lowest: ${quoted(target)} has the value ${least}, which is below ${given}`);
  return given ?? (least < 0 ? -Infinity : 0);
}
