import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { millisecondsADay } from '../pipeline/date.js';

/** What times are counted in. `'weekday'` is Monday to Friday. */
export type TimeUnit =
  | 'number'
  | 'second'
  | 'minute'
  | 'hour'
  | 'day'
  | 'weekday'
  | 'week'
  | 'month'
  | 'quarter'
  | 'year';

/** The distance of neighbouring times of a series, found from its times. */
export interface Spacing {
  readonly unit: TimeUnit;
  /** How many units: 15 for a value each 15 minutes. */
  readonly every: number;
  /** The time of number 0: milliseconds since 1970, or a plain number. Of months, it also gives the day and the time of day. */
  readonly first: number;
  /** Whether times are the last days of months. */
  readonly isMonthEnd?: boolean;
}

const milliseconds = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: millisecondsADay,
  week: 7 * millisecondsADay,
} as const;

const units = Object.entries(milliseconds).reverse() as [keyof typeof milliseconds, number][];

const daysOf = { day: 1, week: 7 } as const;

const monthsOf = { month: 1, quarter: 3, year: 12 } as const;

type MonthUnit = keyof typeof monthsOf;

const isOfMonths = (unit: TimeUnit): unit is MonthUnit => unit in monthsOf;

/** The number of the month of a time, from January 1970 on. */
function monthOf(time: number): number {
  const date = new Date(time);
  return 12 * (date.getUTCFullYear() - 1970) + date.getUTCMonth();
}

const daysIn = (month: number): number => new Date(Date.UTC(1970, month + 1, 0)).getUTCDate();

/** Days since Monday, 5 January 1970. */
const dayOf = (time: number): number => Math.floor(time / millisecondsADay) - 4;

/** The number of a weekday among all weekdays; a fraction for Saturday and Sunday. */
function weekdayOf(time: number): number {
  const day = dayOf(time);
  const week = Math.floor(day / 7);
  const place = day - 7 * week;
  return 5 * week + (place < 5 ? place : 4.5);
}

/** The number of a time: whole if the time is one of the spacing's. */
export function numberOf({ unit, every, first, isMonthEnd }: Spacing, time: number): number {
  if (unit === 'number') return (time - first) / every;
  if (unit === 'weekday') return (weekdayOf(time) - weekdayOf(first)) / every;
  if (unit === 'day' || unit === 'week') return (dayOf(time) - dayOf(first)) / (every * daysOf[unit]);
  if (!isOfMonths(unit)) return (time - first) / (every * milliseconds[unit]);
  const isOn = isMonthEnd ? isLastDay(time) : dayInMonth(time) === dayInMonth(first);
  const months = monthOf(time) - monthOf(first);
  return (isOn ? months : months + 0.5) / (every * monthsOf[unit]);
}

/** The day of the month. The time of day does not count, because that of local midnights changes with summer time. */
const dayInMonth = (time: number): number => new Date(time).getUTCDate();

const isLastDay = (time: number): boolean => dayInMonth(time) === daysIn(monthOf(time));

/** The time of a number. */
export function timeOf({ unit, every, first, isMonthEnd }: Spacing, number: number): number {
  if (unit === 'number') return first + number * every;
  if (unit === 'weekday') {
    const all = weekdayOf(first) + number * every;
    const week = Math.floor(all / 5);
    return (
      (7 * week + (all - 5 * week) + 4) * millisecondsADay +
      (first - Math.floor(first / millisecondsADay) * millisecondsADay)
    );
  }
  if (!isOfMonths(unit)) return first + number * every * milliseconds[unit];
  const month = monthOf(first) + number * every * monthsOf[unit];
  const start = Date.UTC(1970, monthOf(first), 1);
  const begin = Date.UTC(1970, month, 1);
  return isMonthEnd
    ? begin + (daysIn(month) - 1) * millisecondsADay + (first % millisecondsADay)
    : begin + (first - start);
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

const smallestOf = (distances: readonly number[]): number => distances.reduce((found, x) => divisor(x, found), 0);

/** The most frequent of some numbers. */
function commonest(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

/** At least this share of the distances must be one spacing. */
const leastShare = 0.5;

/**
 * The spacing of times: months, quarters or years if all are the same day of their month, or its last day; weekdays if none is a
 * Saturday or Sunday; else the greatest common distance.
 *
 * @param all The times of each series, in ascending order, each once.
 * @param isDate Whether they are milliseconds since 1970, not plain numbers.
 * @throws RangeError `ERR_SHAPE` if times are irregular.
 */
export function spacingOf(column: string, all: readonly Float64Array[], isDate: boolean): Spacing {
  const first = Math.min(...all.map((times) => times[0]!));
  const distances = distancesIn(all);
  if (distances.length === 0)
    throw errorWith(
      'ERR_SHAPE',
      `time: no series has two different values of ${quoted(column)}, so there is no spacing`,
    );
  if (!isDate) return regular(column, { unit: 'number', every: realDivisor(distances), first }, distances, 1);
  const times = all.flatMap((one) => [...one]);
  const months = ofMonths(times, first);
  if (months) return months;
  const days = all.map((one) => one.map(dayOf));
  if (days.every((one) => new Set(one).size === one.length)) return ofDays(column, days, first);
  const every = smallestOf(distances);
  const [unit, length] = units.find(([, each]) => every % each === 0) ?? ['second', 1000];
  return regular(column, { unit, every: every / length, first }, distances, length);
}

/** The spacing of series that have at most one time a day. */
function ofDays(column: string, all: readonly Float64Array[], first: number): Spacing {
  const distances = distancesIn(all);
  const isWeekdays =
    commonest(distances) === 1 &&
    all.every((days) => days.every((day) => day - 7 * Math.floor(day / 7) < 5)) &&
    Math.max(...all.map((days) => days.at(-1)!)) - dayOf(first) >= 14;
  if (isWeekdays) return { unit: 'weekday', every: 1, first };
  const every = smallestOf(distances);
  const [unit, length] = every % 7 === 0 ? (['week', 7] as const) : (['day', 1] as const);
  return regular(column, { unit, every: every / length, first }, distances, length);
}

const distancesIn = (all: readonly Float64Array[]): number[] =>
  all.flatMap((times) => Array.from(times.subarray(1), (time, i) => time - times[i]!));

/** The greatest common divisor of numbers that need not be whole. */
function realDivisor(distances: readonly number[]): number {
  if (distances.every(Number.isInteger)) return smallestOf(distances);
  const scale = 1e6;
  return smallestOf(distances.map((x) => Math.round(x * scale))) / scale;
}

function ofMonths(times: readonly number[], first: number): Spacing | undefined {
  const distances = [...new Set(times.map(monthOf))]
    .sort((a, b) => a - b)
    .flatMap((x, i, list) => (i > 0 ? [x - list[i - 1]!] : []));
  const isMonthEnd = times.every(isLastDay) && new Set(times.map((time) => new Date(time).getUTCDate())).size > 1;
  const isSame = times.every((time) => dayInMonth(time) === dayInMonth(first));
  if (distances.length === 0 || !(isMonthEnd || isSame)) return undefined;
  const every = smallestOf(distances);
  // Not every month has a 29th.
  if (!isMonthEnd && dayInMonth(first) > 28 && every % 12 !== 0) return undefined;
  const unit = (['year', 'quarter', 'month'] as const).find((one) => every % monthsOf[one] === 0)!;
  return { unit, every: every / monthsOf[unit], first, ...(isMonthEnd && { isMonthEnd }) };
}

function regular(column: string, spacing: Spacing, distances: readonly number[], length: number): Spacing {
  const usual = spacing.every * length;
  const share = distances.filter((one) => Math.abs(one - usual) < 1e-6 * usual).length / distances.length;
  if (share >= leastShare) return spacing;
  throw errorWith(
    'ERR_SHAPE',
    `time: the values of ${quoted(column)} are irregular: only ${Math.round(100 * share)} % of them follow the one before by their common distance. Sum or average the rows by hour, day or month first`,
  );
}

/** The number of times per season, by which the season of a spacing is known. */
const seasons: Record<TimeUnit, number> = {
  number: 1,
  second: 60,
  minute: 60,
  hour: 24,
  day: 7,
  weekday: 5,
  week: 52,
  month: 12,
  quarter: 4,
  year: 1,
};

/** The times per season that the spacing suggests; 1 for none. */
export function usualSeason({ unit, every }: Spacing): number {
  const season = unit === 'minute' ? 24 * 60 : seasons[unit]; // minutes: a day
  return season % every === 0 ? season / every : 1;
}

/** The spacing in words, such as `day` or `15 minutes`. */
export const spacingText = ({ unit, every }: Spacing): string =>
  unit === 'number' ? `step of ${every}` : every === 1 ? unit : `${every} ${unit}s`;
