import { recurrent } from '../../../lib/lab/problems/recurrent';

const valueAt = (steps: number, w: number, b: number) =>
  recurrent(steps).objective(Float64Array.of(w, b), new Float64Array(2)) as number;

/** The derivative along a direction, by dual numbers carried through the recursion. */
function derivative(steps: number, w: number, b: number, along: readonly [number, number]): number {
  let [x, dx] = [0.5, 0];
  const activation = () => {
    const s = 1 / (1 + Math.exp(-x));
    return [s, s * (1 - s) * dx] as const;
  };
  for (let t = 0; t < steps; ++t) {
    const [s, ds] = activation();
    [x, dx] = [w * s + b, along[0] * s + w * ds + along[1]];
  }
  const [s, ds] = activation();
  return 2 * (s - 0.7) * ds;
}

describe.each([1, 2, 7, 50])('a unit fed back to itself %i times', (steps) => {
  test.each([
    [5.2, -2.2],
    [4.7, -2.45],
    [-3, 1],
    [0, 0.3],
  ])('has the gradient of forward differentiation at w = %d, b = %d', (w, b) => {
    const gradient = new Float64Array(2).fill(Number.NaN);
    recurrent(steps).objective(Float64Array.of(w, b), gradient);
    const expected = [derivative(steps, w, b, [1, 0]), derivative(steps, w, b, [0, 1])];
    for (const [i, slope] of expected.entries())
      expect(Math.abs(gradient[i]! - slope)).toBeLessThanOrEqual(1e-12 * (1e-3 + Math.abs(slope)));
  });
});

test('is (σ(wσ(0.5) + b) − 0.7)² if the unit is fed back once', () => {
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  expect(valueAt(1, 2, -1)).toBeCloseTo((sigmoid(2 * sigmoid(0.5) - 1) - 0.7) ** 2, 14);
});
