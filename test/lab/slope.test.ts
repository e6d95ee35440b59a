import { logLogSlope, slope } from '../../lib/lab/slope';

describe('the slope of points', () => {
  test('is that of the line on which they lie', () => {
    expect(slope([0, 1, 4, 9].map((x) => [x, 3 - 2 * x]))).toBeCloseTo(-2, 14);
  });

  test('is that of the least-squares line if they do not lie on a line', () => {
    expect(
      slope([
        [0, 0],
        [1, 1],
        [2, 0],
        [3, 3],
      ]),
    ).toBeCloseTo(0.8, 14); // Σ(x − 3/2)(y − 1) / Σ(x − 3/2)² = 4/5
  });

  test('is the power of a power law on log–log axes', () => {
    expect(logLogSlope([1, 3, 10, 200].map((x) => [x, 7 * x ** -1.5]))).toBeCloseTo(-1.5, 12);
  });
});
