import {
  numberOf,
  type Spacing,
  spacingOf,
  spacingText,
  timeOf,
  usualSeason,
} from '../../../lib/tables/forecasting/spacing.js';

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const utc = (year: number, month: number, day = 1, hour = 0) => Date.UTC(year, month, day, hour);
const day = 86_400_000;

const found = (times: readonly number[], isDate = true): Spacing =>
  spacingOf('time', [Float64Array.from(times)], isDate);

const cases: [string, number[], string, number, boolean?][] = [
  ['hours', range(50).map((i) => utc(2020, 0, 1, i)), 'hour', 24],
  ['quarters of an hour', range(50).map((i) => utc(2020, 0, 1) + i * 900_000), '15 minutes', 96],
  ['days', range(50).map((i) => utc(2020, 0, 1 + i)), 'day', 7],
  ['local midnights over summer time', range(50).map((i) => utc(2020, 2, 10 + i, i < 19 ? 23 : 22)), 'day', 7],
  ['weekdays', range(40).map((i) => utc(2020, 0, 6 + 7 * Math.floor(i / 5) + (i % 5))), 'weekday', 5],
  ['weeks', range(20).map((i) => utc(2020, 0, 1 + 7 * i)), 'week', 52],
  ['months', range(30).map((i) => utc(2020, i, 15)), 'month', 12],
  ['months of local midnights', range(30).map((i) => utc(2020, i, 1, i % 12 > 2 && i % 12 < 10 ? 7 : 8)), 'month', 12],
  ['last days of months', range(30).map((i) => utc(2020, i + 1, 0)), 'month', 12],
  ['quarters', range(30).map((i) => utc(2000, 3 * i)), 'quarter', 4],
  ['years', range(30).map((i) => utc(1990 + i, 11, 31)), 'year', 1],
  ['numbers', range(12).map((i) => 1955 + 5 * i), 'step of 5', 1, false],
];

test.each(cases)('%s are found, and each has a number', (_, times, text, season, isDate = true) => {
  const spacing = found(times, isDate);
  expect(spacingText(spacing)).toBe(text);
  expect(usualSeason(spacing)).toBe(season);
  expect(times.map((time) => numberOf(spacing, time))).toEqual(range(times.length));
  const sameDay = (a: number, b: number) => (isDate ? Math.abs(a - b) <= 3_600_000 : a === b);
  expect(times.filter((time, i) => !sameDay(timeOf(spacing, i), time))).toEqual([]);
});

test('missing times leave gaps', () => {
  const times = range(50)
    .filter((i) => i % 7 !== 3)
    .map((i) => utc(2020, 0, 1 + i));
  const spacing = found(times);
  expect(spacing.unit).toBe('day');
  expect(numberOf(spacing, times[3]!)).toBe(4);
});

test('a time between those of the spacing has no whole number', () => {
  expect(numberOf(found(range(20).map((i) => utc(2020, 0, 1, i))), utc(2020, 0, 1, 3) + 60_000) % 1).not.toBe(0);
  expect(numberOf(found(range(20).map((i) => utc(2020, i))), utc(2020, 3, 2)) % 1).not.toBe(0);
  expect(numberOf(found(cases[4]![1]), utc(2020, 0, 11)) % 1).not.toBe(0);
});

test('irregular times are refused', () => {
  expect(() => found([0, 1, 2.5, 9, 11, 17, 30].map((i) => utc(2020, 0, 1) + i * day))).toThrow(
    /"time" are irregular: only .* Sum or average the rows by hour, day or month first/,
  );
  expect(() => found([utc(2020, 0, 1)])).toThrow(/no series has two different values of "time"/);
});
