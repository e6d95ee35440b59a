import { meanOf } from '../../../lib/tables/train/estimates';
import { blocksOf } from '../../../lib/tables/train/time_blocks';
import { autoregressive, range } from '../../support/numbers';

/** The share of 95 % intervals that contain the mean, 0, of rows whose correlation with the row before is `correlation`. */
function coverage(rows: number, correlation: number, groups: Float64Array | undefined): number {
  const draw = autoregressive(correlation, 3);
  const trials = 300;
  let covered = 0;
  for (let trial = 0; trial < trials; ++trial) {
    const values = Float64Array.from({ length: rows }, draw);
    const { low, high } = meanOf(values, { groups });
    if (low <= 0 && high >= 0) ++covered;
  }
  return covered / trials;
}

test.each([
  [1000, 0],
  [1000, 0.8],
  [200, 0.5],
])(
  'intervals over blocks of %i rows in time with a correlation of %d contain the mean as often as they say',
  (rows, correlation) => {
    expect(coverage(rows, correlation, blocksOf(Float64Array.from(range(rows))))).toBeGreaterThan(0.91);
  },
);

test('intervals over rows that are taken for independent would contain it far more rarely', () => {
  expect(coverage(1000, 0.8, undefined)).toBeLessThan(0.65);
});

test('rows in any order get the block of their time, and rows of equal times share one', () => {
  const times = Float64Array.from(range(400), (i) => Math.floor(((i * 7) % 400) / 3));
  const blocks = blocksOf(times);
  const byTime = new Map<number, Set<number>>();
  for (const [row, time] of times.entries()) byTime.set(time, (byTime.get(time) ?? new Set()).add(blocks[row]!));
  expect([...byTime.values()].every((of) => of.size === 1)).toBe(true);
  expect(new Set(blocks).size).toBe(10);
  const order = [...times.keys()].sort((a, b) => times[a]! - times[b]!);
  expect(order.every((row, i) => i === 0 || blocks[row]! >= blocks[order[i - 1]!]!)).toBe(true);
});

test('few times make as many blocks as there are times', () => {
  expect(new Set(blocksOf(Float64Array.from(range(300), (i) => i % 2))).size).toBe(2);
});
