import { type CalendarPart, calendarNames, calendarParts, calendarWidth, writeCalendar } from './calendar.js';
import type { KnownColumn, Panel, Series } from './series.js';
import type { Spacing } from './spacing.js';

/** Which numbers describe a forecast: plain data, part of a model's file. */
export interface FeaturePlan {
  readonly season: number;
  readonly horizon: number;
  /** The last values before the forecast: lags 0, 1, … */
  readonly lags: readonly number[];
  /** The values whole seasons before the time of the forecast: how many. */
  readonly seasons: number;
  /** A longer season, such as the week of hours or the year of days; 0 for none. */
  readonly longSeason: number;
  /** Lengths of the windows of moving means and deviations. */
  readonly windows: readonly number[];
  readonly calendar: readonly CalendarPart[];
  readonly known: readonly KnownColumn[];
  /** The number of values that a forecast needs before it. */
  readonly needed: number;
}

/** A series up to an origin: its first `at` values are known. */
export interface Origin {
  /** The index of the series. */
  readonly series: number;
  readonly at: number;
}

/** The widest neighbourhood from which an average of last year's values is taken. */
const longNeighbours = 2;

const longSeasons: Partial<Record<Spacing['unit'], number>> = { hour: 168, day: 364 };

/** The plan for a panel. */
export function planOf(
  { spacing, series }: Panel,
  options: {
    readonly season: number;
    readonly horizon: number;
    readonly lags?: readonly number[] | undefined;
    readonly known: readonly KnownColumn[];
    readonly isDate: boolean;
  },
): FeaturePlan {
  const { season, horizon, known } = options;
  const longest = Math.max(...series.map(({ values }) => values.length));
  // Lags cover at most a third of the longest series, so that enough origins are left to learn from.
  const most = Math.floor(longest / 3);
  const count = Math.max(1, Math.min(season > 1 ? Math.max(season, 7) : 8, mostLags, most));
  const lags = options.lags ?? Array.from({ length: count }, (_, i) => i);
  const long = spacing.every === 1 ? longSeasons[spacing.unit] : undefined;
  const longSeason = long !== undefined && long > season && longest >= 3 * long ? long : 0;
  const ahead = Math.ceil(horizon / season) * season;
  const seasons = season > 1 ? Math.min(mostSeasons, Math.max(0, Math.floor((most - ahead) / season) + 1)) : 0;
  const windows = [season, 4 * season, 28].filter((one, i, all) => one > 1 && one <= most && all.indexOf(one) === i);
  const needed = Math.max(
    2,
    Math.max(...lags) + 1,
    seasons === 0 ? 0 : ahead + (seasons - 1) * season,
    longSeason === 0 ? 0 : Math.ceil(horizon / longSeason) * longSeason + longNeighbours,
    ...windows,
  );
  const calendar = calendarParts(spacing, options.isDate, season, longest);
  return { season, horizon, lags, seasons, longSeason, windows, calendar, known, needed };
}

/** The most lags by default, and the most earlier seasons. */
const [mostLags, mostSeasons] = [28, 3];

/** The names of a plan's inputs, in order. */
export const featureNames = ({
  lags,
  seasons,
  longSeason,
  windows,
  calendar,
  known,
  season,
}: FeaturePlan): string[] => [
  'step',
  'base',
  'drift',
  ...lags.map((lag) => `lag ${lag}`),
  ...Array.from({ length: seasons }, (_, i) => `season ${i + 1}`),
  ...(longSeason > 0 ? ['long season', 'around long season'] : []),
  ...windows.flatMap((window) => [`mean ${window}`, `deviation ${window}`]),
  ...calendar.flatMap((part) => calendarNames(part, season)),
  ...known.flatMap(({ column, words }) =>
    words ? words.map((word) => `known ${column}=${word}`) : [`known ${column}`],
  ),
];

/** Running sums of a series, by which means of windows are found at once. */
export class History {
  readonly series: Series;
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  readonly #changes: Float64Array;
  readonly #shift: number;

  constructor(series: Series) {
    this.series = series;
    const { filled } = series;
    this.#shift = filled[0]!; // keeps sums of squares small
    const running = (of: (i: number) => number) => {
      const sums = new Float64Array(filled.length + 1);
      for (let i = 0; i < filled.length; ++i) sums[i + 1] = sums[i]! + of(i);
      return sums;
    };
    this.#sums = running((i) => filled[i]! - this.#shift);
    this.#squares = running((i) => (filled[i]! - this.#shift) ** 2);
    this.#changes = running((i) => (i === 0 ? 0 : Math.abs(filled[i]! - filled[i - 1]!)));
  }

  /** The mean of the `window` values before `at`, or of as many as there are. */
  mean(at: number, window: number): number {
    const begin = Math.max(0, at - window);
    return this.#shift + (this.#sums[at]! - this.#sums[begin]!) / (at - begin);
  }

  deviation(at: number, window: number): number {
    const begin = Math.max(0, at - window);
    const count = at - begin;
    const mean = (this.#sums[at]! - this.#sums[begin]!) / count;
    return Math.sqrt(Math.max(0, (this.#squares[at]! - this.#squares[begin]!) / count - mean * mean));
  }

  /**
   * The unit of forecasts from an origin: the mean absolute change between neighbouring values of the recent past, but at least a
   * tenth of that of the whole past; 1 if no value has changed.
   */
  scale(at: number, season: number): number {
    if (at < 2) return 1;
    const begin = Math.max(1, at - Math.max(2 * season, 24));
    const late = (this.#changes[at]! - this.#changes[begin]!) / Math.max(1, at - begin);
    const all = this.#changes[at]! / (at - 1);
    return Math.max(late, 0.1 * all) || 1;
  }

  /**
   * The unit of errors from an origin: the geometric mean of the unit of forecasts, which follows recent changes, and the mean
   * absolute change over the whole past. The next errors are expected to lie halfway between recent and usual ones.
   */
  errorScale(at: number, season: number): number {
    return at < 2 ? 1 : Math.sqrt((this.scale(at, season) * this.#changes[at]!) / (at - 1)) || 1;
  }

  /** The level at an origin, and the mean distance of the last values at the same place of the season from the level around them. */
  usual(at: number, step: number, season: number): number {
    const { filled } = this.series;
    const level = this.level(at, season);
    if (season === 1) return level;
    let [sum, count] = [0, 0];
    for (let i = at - 1 + step - Math.ceil(step / season) * season; i >= 0 && count < mostSeasons; i -= season) {
      const end = Math.min(at, i + Math.floor(season / 2) + 1);
      if (end < season && count > 0) break;
      sum += filled[i]! - this.mean(end, season);
      count += 1;
    }
    return count > 0 ? level + sum / count : level;
  }

  /** What inputs are relative to: the mean of the last season, of at least four values. */
  level(at: number, season: number): number {
    return this.mean(at, Math.max(season, 4));
  }
}

/**
 * Writes the inputs of a forecast, in units of the level and the scale at their origin.
 *
 * @param example.base The simple forecast that the result will be relative to.
 */
export function writeFeatures(
  plan: FeaturePlan,
  spacing: Spacing,
  history: History,
  { at, step, base }: { readonly at: number; readonly step: number; readonly base: number },
  out: Float64Array,
  offset: number,
): void {
  const { season, lags, seasons, longSeason, windows, calendar, horizon } = plan;
  const { filled, begin, known } = history.series;
  const level = history.level(at, season);
  const scale = history.scale(at, season);
  const relative = (x: number) => (x - level) / scale;
  const time = at + step - 1; // the index that is forecast
  let to = offset;
  out[to++] = step / horizon;
  out[to++] = relative(base);
  out[to++] = relative(history.mean(at, at));
  for (const lag of lags) out[to++] = relative(filled[at - 1 - lag]!);
  const ahead = Math.ceil(step / season) * season;
  for (let i = 0; i < seasons; ++i) out[to++] = relative(filled[time - ahead - i * season]!);
  if (longSeason > 0) {
    const then = time - Math.ceil(step / longSeason) * longSeason;
    out[to++] = relative(filled[then]!);
    const end = Math.min(at, then + longNeighbours + 1);
    out[to++] = relative(history.mean(end, end - then + longNeighbours));
  }
  for (const window of windows) {
    out[to++] = relative(history.mean(at, window));
    out[to++] = history.deviation(at, window) / scale;
  }
  for (const part of calendar) {
    const width = calendarWidth(part, season);
    out.fill(0, to, to + width);
    writeCalendar(part, spacing, season, begin + time, (i, x) => {
      out[to + i] = x;
    });
    to += width;
  }
  for (const input of known) out[to++] = input[time]!;
}
