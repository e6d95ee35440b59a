import { checkOneOf } from '../../checks/options.js';
import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { checkedBytes, saveChecked } from '../../formats/checked.js';
import { checkPath } from '../../formats/files.js';
import { openSource, type TableInput } from '../open.js';
import { Table, tableFrom } from '../table.js';
import type { ForecastData } from './candidate.js';
import { correctedEnds } from './corrections.js';
import { History, type Origin } from './features.js';
import type { Forecasters } from './methods.js';
import type { ForecastReport } from './report.js';
import { filledForward, panelOf, type Series, type SeriesColumns, timeText } from './series.js';
import { spacingText, timeOf } from './spacing.js';
import type { ForecastRow, ForecastSpec } from './spec.js';
import { contentsOf } from './write_forecast.js';

/**
 * A model that forecasts the next values of series. It keeps the past of each series, so rows that are given later need only be
 * those that have come since.
 */
export class ForecastModel {
  readonly #isModel = true;
  readonly #spec: ForecastSpec;
  readonly #series: readonly Series[];
  readonly #forecasters: Forecasters;

  /** @internal */
  constructor(spec: ForecastSpec, series: readonly Series[], forecasters: Forecasters) {
    this.#spec = spec;
    this.#series = series;
    this.#forecasters = forecasters;
  }

  /** The number of times that are forecast. */
  get horizon(): number {
    return this.#spec.plan.horizon;
  }

  /** How the model was made, and how good it is. */
  get report(): ForecastReport {
    return this.#spec.report;
  }

  /** The share of the true values that the interval is meant to contain. */
  get interval(): number {
    return this.#spec.report.interval;
  }

  /** The columns that the model reads. */
  get columns(): readonly string[] {
    const { time, target, by, known } = this.#spec.columns;
    return [time, ...(by === undefined ? [] : [by]), target, ...known.map(({ column }) => column)];
  }

  /** What a form for recent rows needs: the columns, the series, and the times to forecast after the latest row. @internal */
  outline(): { columns: SeriesColumns; isDate: boolean; names: readonly string[]; next: readonly number[] } {
    const { columns, isDate, spacing, plan } = this.#spec;
    const end = Math.max(...this.#series.map(({ begin, values }) => begin + values.length));
    const next = Array.from({ length: plan.horizon }, (_, step) => timeOf(spacing, end + step));
    return { columns, isDate, names: this.#series.map(({ name }) => name), next };
  }

  /**
   * The next values of each series after its last known one.
   *
   * @param recent Rows that have come since the training, or that replace earlier ones; with known columns, also the rows of the
   *   times to forecast, without a target. Default: none, so that the forecasts begin after the training rows.
   * @example
   * await model.forecast([{ day: '2026-12-01', sales: 120 }, { day: '2026-12-02', sales: 131 }]);
   * @throws TypeError, RangeError for rows that don't fit, and for a series that the training rows did not have.
   */
  async forecast(recent?: TableInput): Promise<ForecastRow[]> {
    const { columns, isDate, spacing } = this.#spec;
    if (recent === undefined) return this.#forecast(this.#series);
    const panel = panelOf(await this.#tableOf(recent), columns, spacing, isDate);
    return this.#forecast(merged(this.#series, panel.series));
  }

  /** The rows as a table with the types of the training table. */
  async #tableOf(recent: TableInput): Promise<Table> {
    if (Table.is(recent)) return recent;
    const { columns, isDate } = this.#spec;
    const types = isDate ? { types: { [columns.time]: 'date' as const } } : {};
    const takesTypes = typeof recent !== 'string' || !/\.(parquet|arrow|feather|ipc)$/.test(recent);
    return tableFrom(await openSource(recent, takesTypes ? types : {}));
  }

  async #forecast(series: readonly Series[]): Promise<ForecastRow[]> {
    const { method, plan, levels, spacing, corrections, isDate, columns, report } = this.#spec;
    const { lowest = -Infinity } = report;
    const { horizon } = plan;
    checkFuture(series, this.#spec);
    const data: ForecastData = { spacing, plan, levels, lowest, histories: series.map((one) => new History(one)) };
    const origins = series.map(({ values }, index): Origin => ({ series: index, at: values.length }));
    const usesFeatures = this.#forecasters.has('linear');
    const isLong = ({ at }: Origin) => !usesFeatures || at >= plan.needed;
    const fallback = this.#forecasters.has('exponentialSmoothing') ? 'exponentialSmoothing' : 'persistence';
    const rows: ForecastRow[][] = series.map(() => []);
    for (const [one, chosen] of [
      [method, origins.filter(isLong)],
      [fallback, origins.filter((origin) => !isLong(origin))],
    ] as const) {
      if (chosen.length === 0) continue;
      const found = await this.#forecasters.get(one)!.forecast(data, chosen);
      for (const [i, { series: index, at }] of chosen.entries()) {
        const { begin, name } = series[index]!;
        const scale = data.histories[index]!.errorScale(at, plan.season);
        for (let step = 1; step <= horizon; ++step) {
          const number = begin + at + step - 1;
          const time = timeOf(spacing, number);
          const at_ = i * horizon + step - 1;
          const quantiles = found.map((one) => Math.max(lowest, one[at_]!)) as [number, number, number];
          const [low, prediction, high] = correctedEnds(quantiles, scale, corrections, step - 1, lowest);
          const ofSeries = columns.by === undefined ? {} : { series: name };
          rows[index]!.push({ ...ofSeries, time: isDate ? new Date(time) : time, step, prediction, low, high });
        }
      }
    }
    return rows.flat();
  }

  /** Whether a value is a model of this module. */
  static is(value: unknown): value is ForecastModel {
    return value !== null && typeof value === 'object' && #isModel in value;
  }

  /** Writes the model with the past of its series to a file of the format safetensors, which `loadForecastModel` reads. */
  save(path: string | URL): Promise<void> {
    return saveChecked(checkPath('path', path), contentsOf(this.#spec, this.#series, this.#forecasters));
  }

  /** The file that {@link save} writes, as bytes. */
  toBytes(): Uint8Array {
    return checkedBytes(contentsOf(this.#spec, this.#series, this.#forecasters));
  }
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless the rows have the known columns of all times to forecast. */
export function checkFuture(
  series: readonly Series[],
  { plan, columns, spacing, isDate }: Pick<ForecastSpec, 'plan' | 'columns' | 'spacing' | 'isDate'>,
): void {
  if (columns.known.length === 0) return;
  const names = columns.known.map(({ column }) => quoted(column)).join(', ');
  for (const { name, values, known, begin } of series)
    for (let step = 1; step <= plan.horizon; ++step)
      if (known.some((input) => Number.isNaN(input[values.length + step - 1] ?? Number.NaN))) {
        const time = timeOf(spacing, begin + values.length + step - 1);
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          `known: ${names} ${columns.known.length > 1 ? 'lack values' : 'lacks a value'} for ${timeText(time, isDate)}${name === '' ? '' : ` of ${quoted(name)}`}; add a row for each of the next ${plan.horizon} times (one every ${spacingText(spacing)}) with known columns and an empty ${quoted(columns.target)}`,
        );
      }
}

/** The past of series with newer rows. */
function merged(past: readonly Series[], recent: readonly Series[]): Series[] {
  const names = past.map(({ name }) => name);
  const byName = new Map(recent.map((one) => [one.name, one]));
  for (const { name } of recent) checkOneOf('series', name, names);
  return past.map((one) => {
    const newer = byName.get(one.name);
    if (!newer) return one;
    const begin = one.begin;
    const shift = newer.begin - begin;
    if (shift < 0)
      throw errorWith(
        'ERR_OUT_OF_RANGE',
        `rows of ${quoted(one.name)} begin before those of the training; give newer rows`,
      );
    const reach = newer.values.length === 0 ? 0 : shift + newer.values.length;
    const values = new Float64Array(Math.max(one.values.length, reach)).fill(Number.NaN);
    values.set(one.values);
    for (const [i, x] of newer.values.entries()) if (!Number.isNaN(x)) values[shift + i] = x;
    const known = newer.known.map((input, k) => {
      const before = one.known[k]!;
      const all = new Float64Array(Math.max(values.length, before.length, shift + input.length)).fill(Number.NaN);
      all.set(before);
      for (const [i, x] of input.entries()) if (!Number.isNaN(x)) all[shift + i] = x;
      return all;
    });
    return { name: one.name, begin, values, filled: filledForward(values), known };
  });
}
