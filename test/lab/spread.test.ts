import { mean, median, quantile } from '../../lib/lab/spread';

describe('spread', () => {
  test('means are sums over counts', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(mean(Float64Array.of(5))).toBe(5);
  });

  test('quantiles lie between neighbours, whatever the order', () => {
    expect(quantile([4, 1, 3, 2, 5], 0)).toBe(1);
    expect(quantile([4, 1, 3, 2, 5], 0.1)).toBeCloseTo(1.4, 12);
    expect(quantile([4, 1, 3, 2, 5], 1)).toBe(5);
    expect(median([10, 9])).toBe(9.5);
  });

  test('a run that never arrives counts as infinite', () => {
    expect(median([1, Infinity, 2])).toBe(2);
    expect(median([Infinity, 1, Infinity])).toBe(Infinity);
    expect(median([Infinity, Infinity])).toBe(Infinity);
  });
});
