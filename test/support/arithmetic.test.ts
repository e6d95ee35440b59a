import { power, realPower } from './arithmetic';
import { random, range } from './numbers';

/** Relative error of realPower, divided by 1 + |y ln x|, the rounding error that the exponent's magnitude allows. */
const errorOf = (x: number, y: number) => Math.abs(realPower(x, y) / x ** y - 1) / (1 + Math.abs(y * Math.log(x)));

describe('realPower', () => {
  test('agrees with Math.pow', () => {
    const uniform = random(5);
    for (const _ of range(20_000)) {
      const x = 10 ** (40 * uniform() - 20);
      const y = (2 * uniform() - 1) * 10 ** (4 * uniform() - 3);
      expect(errorOf(x, y)).toBeLessThan(1e-14);
    }
  });

  test.each([0.96, 0.999999, 1.0000001, 1e300, 1e-300, Math.SQRT2, 1.4142135623730954, Math.SQRT1_2])(
    'agrees with Math.pow for %d to all powers with a normal result',
    (x) => {
      const most = 700 / Math.abs(Math.log(x));
      for (const i of range(1001)) expect(errorOf(x, (most * (i - 500)) / 500)).toBeLessThan(1e-14);
    },
  );

  test('is exact where either is trivial', () => {
    for (const y of [0, 0.75, -3, 1e9, -1e300]) expect(realPower(1, y)).toBe(1);
    for (const x of [1e-300, 0.5, 7, 1e300]) expect(realPower(x, 0)).toBe(1);
  });

  test('becomes 0 or infinite far outside, never NaN', () => {
    for (const y of [1e5, 1e15, 1e300, Infinity]) {
      expect(realPower(0.96, y)).toBe(0);
      expect(realPower(0.96, -y)).toBe(Infinity);
      expect(realPower(1.5, y)).toBe(Infinity);
      expect(realPower(1.5, -y)).toBe(0);
    }
  });
});

describe('power', () => {
  test('is within n roundings of Math.pow, to a billion', () => {
    for (const x of [0, 0.5, 0.9, 0.999, 0.999999999])
      for (const n of [0, 1, 2, 3, 31, 1000, 999_999, 1_000_000_000])
        expect(Math.abs(power(x, n) - x ** n)).toBeLessThanOrEqual(n * 2 ** -53 * x ** n);
  });
});
