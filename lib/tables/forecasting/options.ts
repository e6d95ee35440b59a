import { type Checks, checkedOptions, integer, numberIn } from '../../checks/checked_options.js';
import { checkArray } from '../../checks/lists.js';
import { checkFunction, checkOneOf, checkSignal, refuse } from '../../checks/options.js';
import { checkInteger, finite, openInterval } from '../../checks/ranges.js';
import { invalid, quoted } from '../../checks/shown.js';
import { checkColumnName } from '../column.js';
import { checkColumns } from '../pipeline/fitted_steps.js';
import { checkTable, ranksOf, type Table } from '../table.js';
import { type ForecastMethod, forecastMethods } from './candidate.js';

export interface ForecastOptions {
  /** The column of times: dates, or numbers such as years. Their spacing is found from the values. */
  readonly time: string;
  /** The column of numbers to forecast. Rows at the end without a value say what is known of the future. */
  readonly target: string;
  /** How many times to forecast after the last one. */
  readonly horizon: number;
  /** A column that tells several series apart, such as a store. One model learns from all. Default: the table is one series. */
  readonly by?: string | undefined;
  /**
   * Columns whose values are known for the times to forecast, such as planned promotions: numbers, truth values or up to 50 words.
   * The table has rows for these times, with an empty target. Default: none.
   */
  readonly known?: readonly string[] | undefined;
  /**
   * The values before a forecast that are inputs: 0 is the last one. Default: those of the last season, at least 7 and at most 28,
   * or 8 without a season; at most a third of the longest series.
   */
  readonly lags?: readonly number[] | undefined;
  /**
   * Times per season; 1 for none. Default: 24 hours, 7 days, 5 weekdays, 52 weeks, 12 months, 4 quarters; for plain numbers 1.
   */
  readonly season?: number | undefined;
  /**
   * The least possible value: forecasts and intervals do not go below it. Default: 0 if no value of the target is negative, else none.
   */
  readonly lowest?: number | undefined;
  /** The share of the true values that the interval is to contain. Default 0.9. */
  readonly interval?: number | undefined;
  /** The number of parts of the backtest. Before each, methods are fitted anew to all earlier values. Default 6. */
  readonly folds?: number | undefined;
  /**
   * The methods that may be chosen; simpler ones are scored beside them. Default: all. Fewer are faster: without `'network'`, most
   * series take less than a second. `'combination'` combines the fitted methods among them, or all if fewer than two are among them.
   */
  readonly methods?: readonly ForecastMethod[] | undefined;
  /** Seed of the network. Default 0. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with what is being done, and the share of all work that is done. */
  readonly onProgress?: ((stage: string, share: number) => void) | undefined;
}

/** Checks of the numbers, which the command line shares. */
export const forecastChecks = {
  horizon: integer(1, 10_000),
  season: integer(1, 100_000),
  lowest: numberIn(finite),
  interval: numberIn(openInterval(0, 1)),
  folds: integer(1, 100),
  seed: integer(0),
};

const checks = {
  ...forecastChecks,
  time: checkColumnName,
  target: checkColumnName,
  by: checkColumnName,
  known: (name, given) =>
    checkArray(name, given, 'an array of names of columns', (one, i) => checkColumnName(`${name}[${i}]`, one)),
  lags: checkLags,
  methods: checkMethods,
  signal: (_name, signal) => checkSignal(signal),
  onProgress: (name, given) => checkFunction(name, given),
} satisfies Checks<ForecastOptions>;

export function checkMethods(name: string, given: unknown): ForecastMethod[] {
  const methods = checkArray(name, given, 'an array of names of methods', (one) =>
    checkOneOf('method', one as string, forecastMethods),
  );
  if (methods.length === 0) throw invalid(name, 'at least one method', given);
  return methods;
}

function checkLags(name: string, given: unknown): number[] {
  const lags = checkArray(name, given, 'an array of whole numbers', (one, i) =>
    checkInteger(`${name}[${i}]`, one, 0, 100_000),
  );
  if (lags.length === 0 || new Set(lags).size < lags.length)
    throw invalid(name, 'different whole numbers, at least one', given);
  return lags;
}

/** Options that were checked, with their defaults, except those that follow from the table. */
export function readOptions(table: Table, options: ForecastOptions) {
  checkTable('table', table);
  const checked = checkedOptions('forecast', options, checks);
  const { known = [], interval = 0.9, folds = 6, seed = 0 } = checked;
  const time = checkColumnName('time', checked.time);
  const target = checkColumnName('target', checked.target);
  const horizon = forecastChecks.horizon('horizon', checked.horizon as number);
  const { by } = checked;
  refuse([
    [ranksOf(table) !== undefined, `forecast needs a whole table, but ${table.name} is one rank's part`],
    [time === target, `time: ${quoted(time)} is the target`],
    [by === target || by === time, `by: ${quoted(by ?? '')} is the ${by === target ? 'target' : 'time'}`],
    ...[target, time, by].map((one): [boolean, string] => [
      one !== undefined && known.includes(one),
      `known: ${quoted(one ?? '')} is the ${one === target ? 'target, whose future is not known' : one === time ? 'time' : 'column that tells series apart'}`,
    ]),
  ]);
  checkColumns(table, [time, target, ...(by === undefined ? [] : [by]), ...known]);
  return { ...checked, known, interval, folds, seed, time, target, horizon };
}
