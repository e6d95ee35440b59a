import {
  balanced,
  deepPotential,
  deepSpeed,
  descended,
  largestStableRate,
  pathOf,
  timeTo,
  unbalanced,
} from '../../../lib/lab/linear_networks/dynamics';

/** a and b at `time`, by many small steps of Euler's method. */
function integrated(s: number, tau: number, [a, b]: [number, number], time: number): [number, number] {
  const steps = 200_000;
  const h = time / steps / tau;
  for (let i = 0; i < steps; ++i) [a, b] = [a + h * b * (s - a * b), b + h * a * (s - a * b)];
  return [a, b];
}

const mode = { strength: 3, tau: 10 };

describe('one mode of a two-layer linear network', () => {
  test.each([
    [0.2, 0.2],
    [0.5, 0.1],
    [0.1, 1.5],
    [3, -0.2],
  ])('follows the closed form from a = %d, b = %d', (a, b) => {
    for (const time of [1, 4, 8, 15]) {
      const [later, other] = integrated(3, 10, [a, b], time);
      expect(unbalanced(mode, a, b)(time)).toBeCloseTo(later * other, 4);
    }
    expect(unbalanced(mode, a, b)(0)).toBeCloseTo(a * b, 12);
    expect(unbalanced(mode, a, b)(1e5)).toBeCloseTo(3, 12);
  });

  test.each([
    [0.2, 0.2],
    [0.1, 1.5],
    [3, -0.2],
    [-0.4, 0.1],
    [-2, -1],
    [1.5, -1.5],
    [-1, 1],
    [2, 0],
    [0, -1e-5],
    [1, -1 - 1e-9],
    [0, 0],
  ])('moves along the closed form from a = %d, b = %d', (a, b) => {
    for (const time of [0, 1, 4, 8, 15]) {
      const [later, other] = integrated(3, 10, [a, b], time);
      const [pathA, pathB] = pathOf(mode, a, b)(time);
      expect(pathA).toBeCloseTo(later, 3);
      expect(pathB).toBeCloseTo(other, 3);
      expect(pathA ** 2 - pathB ** 2).toBeCloseTo(a ** 2 - b ** 2, 12);
    }
  });

  test('from a = −b converges to the saddle', () => {
    const [a, b] = pathOf(mode, 1, -1)(1e5);
    expect([Math.abs(a), Math.abs(b)]).toEqual([0, 0]);
  });

  test('is descended by gradient descent on (s − ab)²/2 with η = 1/τ', () => {
    const loss = (a: number, b: number) => (mode.strength - a * b) ** 2 / 2;
    const [a, b, h] = [0.7, -0.4, 1e-6];
    const [nextA, nextB] = descended(mode, [a, b]);
    expect(nextA - a).toBeCloseTo((loss(a - h, b) - loss(a + h, b)) / (2 * h) / mode.tau, 8);
    expect(nextB - b).toBeCloseTo((loss(a, b - h) - loss(a, b + h)) / (2 * h) / mode.tau, 8);
  });

  test('with a = b is a case of a ≠ b', () => {
    for (const time of [0, 3, 10, 30])
      expect(balanced(mode, 1e-3)(time)).toBeCloseTo(unbalanced(mode, Math.sqrt(1e-3), Math.sqrt(1e-3))(time), 12);
  });

  test('is written as on the slide', () => {
    const growth = (t: number) => Math.exp((2 * 3 * t) / 10);
    for (const t of [0, 2, 5, 20])
      expect(balanced(mode, 0.01)(t)).toBeCloseTo((3 * growth(t)) / (growth(t) - 1 + 3 / 0.01), 12);
    expect(balanced(mode, 0.01)(1e9)).toBe(3); // where the slide's form would be ∞/∞
  });

  test('is at the time of the formula', () => {
    expect(timeTo(mode, 1e-6)).toBeCloseTo((10 / 6) * Math.log(3 / 1e-6 - 1), 12);
    for (const u of [1e-4, 0.5, 1.5, 2.9]) expect(balanced(mode, 1e-6)(timeTo(mode, 1e-6, u))).toBeCloseTo(u, 12);
  });
});

describe('one mode of a deep linear network', () => {
  test('with three layers of units equals that of two layers of weights', () => {
    expect(deepSpeed({ layers: 3, strength: 3 }, 0.5)).toBeCloseTo(2 * 0.5 * (3 - 0.5), 12);
    expect(largestStableRate({ layers: 3, strength: 3 })).toBeCloseTo(1 / 3, 12);
  });

  test.each([3, 4, 7])('moves down its potential, N = %d', (layers) => {
    const [deep, h] = [{ layers, strength: 2 }, 1e-5];
    for (const u of [0.1, 1, 1.9, 2.5])
      expect((deepPotential(deep, u - h) - deepPotential(deep, u + h)) / (2 * h)).toBeCloseTo(deepSpeed(deep, u), 6);
  });

  test.each([3, 4, 7])(
    'is the product of N − 1 equal weights, each of which is moved by the others, N = %d',
    (layers) => {
      const [weights, s, h] = [layers - 1, 2, 1e-7];
      const u = (weight: number) => weight ** weights;
      const weight = 0.9;
      const moved = weight + h * weight ** (weights - 1) * (s - u(weight));
      expect((u(moved) - u(weight)) / h).toBeCloseTo(deepSpeed({ layers, strength: s }, u(weight)), 5);
    },
  );
});
