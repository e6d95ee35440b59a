import { estimate, logEstimate } from '../../../lib/lab/race/interval';
import { Random } from '../../../lib/numbers/random';
import { range } from '../../support/numbers';

test('the interval of 1, 2, 3, 4, 5 is 3 ± t(0.975; 4)·s/√5', () => {
  const { mean, low, high } = estimate([1, 2, 3, 4, 5]);
  expect(mean).toBe(3);
  expect(high - 3).toBeCloseTo((2.776445 * Math.sqrt(2.5)) / Math.sqrt(5), 3);
  expect(3 - low).toBeCloseTo(high - 3, 12);
});

test.each(range(9).map((i) => i + 2))('95 % of the intervals of %i normal numbers contain their mean', (count) => {
  const random = new Random(count);
  const rounds = 4000;
  const held = range(rounds).filter(() => {
    const { low, high } = estimate([...random.normals(count)]);
    return low <= 0 && 0 <= high;
  });
  expect(Math.abs(held.length / rounds - 0.95)).toBeLessThan(0.012); // 3.5 deviations of a share
});

test('logarithms give the geometric mean, and positive bounds', () => {
  const { mean, low, high } = logEstimate([1, 100]);
  expect(mean).toBeCloseTo(10, 12);
  expect(low).toBeGreaterThan(0);
  expect(low * high).toBeCloseTo(100, 6);
});

test('one value has no interval, and infinite ones have no mean', () => {
  expect(estimate([4])).toEqual({ mean: 4, low: 4, high: 4 });
  expect(logEstimate([1, Infinity]).mean).toBe(Infinity);
});
