import { kindsOf, table } from '../../../lib/tables';
import { possibleTimes } from '../../../lib/tables/train/warnings/order';
import { random, range } from '../../support/numbers';

const timesIn = async (columns: Record<string, readonly number[]>) => {
  const names = Object.keys(columns);
  const rows = columns[names[0]!]!.map((_, i) => Object.fromEntries(names.map((name) => [name, columns[name]![i]!])));
  const data = await table(rows);
  return possibleTimes(data, kindsOf(data), names);
};

const sortedOf = (count: number) => {
  const draw = random(2);
  return range(count)
    .map(() => draw())
    .sort((a, b) => a - b);
};
const sorted = sortedOf(300);
const ages = sorted.map((x) => 18 + Math.floor(60 * x ** 2));

test.each(['time', 'day', 'start_time', 'startTime', 'weekNumber', 'timestamp', 'Date', 'created date', 'quarter'])(
  'numbers that ascend are times by their name: %s',
  async (name) => {
    expect(await timesIn({ [name]: sorted })).toEqual([name]);
    expect(await timesIn({ [name]: sorted.toReversed() })).toEqual([]);
  },
);

test.each(['price', 'runtimes', 'overtimePay', 'update', 'monday', 'daylight', 'size'])(
  'and are none by another name: %s',
  async (name) => {
    expect(await timesIn({ [name]: sorted })).toEqual([]);
  },
);

test('numbers in equal steps are times, with equally many rows each', async () => {
  expect(await timesIn({ step: range(300).map((i) => 2 * i) })).toEqual(['step']);
  expect(await timesIn({ step: range(300).map((i) => 0.1 * Math.floor(i / 5)) })).toEqual(['step']);
  expect(await timesIn({ age: ages.map((age) => age) })).toEqual([]);
});

test('of many rows too', async () => {
  expect(await timesIn({ x: sortedOf(150_000) })).toEqual([]);
});
