import { slowest } from '../../../lib/lab/problems/slowest';
import { minimize } from '../../../lib/minimize/minimize';
import { gradientDescent } from '../../../lib/optimizers/gradient_descent';

const at = (steps: number, stepFactor: number, theta: number) => {
  const gradient = new Float64Array(1);
  return {
    loss: slowest(steps, stepFactor).objective(Float64Array.of(theta), gradient) as number,
    slope: gradient[0]!,
  };
};

describe('the slowest function', () => {
  test('is ½θ² near its minimum and τ|θ| − ½τ² beyond, τ = 1/(2hN + 1)', () => {
    const turn = 1 / 11; // N = 5, h = 1
    expect(at(5, 1, 0.05)).toEqual({ loss: 0.05 ** 2 / 2, slope: 0.05 });
    expect(at(5, 1, -0.7).loss).toBeCloseTo(turn * 0.7 - turn ** 2 / 2, 15);
    expect(at(5, 1, -0.7).slope).toBe(-turn);
  });

  test('has the curvatures that it states, near its minimum and beyond', () => {
    const { strongConvexity, smoothness } = slowest(5, 1);
    for (const [from, to] of [
      [0.01, 0.05],
      [0.5, 0.9],
    ] as const) {
      const curvature = (at(5, 1, to).slope - at(5, 1, from).slope) / (to - from);
      expect(curvature).toBeGreaterThanOrEqual(strongConvexity);
      expect(curvature).toBeLessThan(smoothness + 1e-12);
    }
  });

  test.each([
    [1, 1],
    [7, 1],
    [7, 0.3],
    [40, 1.5],
  ])('has exactly the worst-case loss after %d steps of η = %d/L', (steps, stepFactor) => {
    const rule = gradientDescent({ learningRate: stepFactor });
    const { loss } = minimize(slowest(steps, stepFactor), { rule, maxSteps: steps });
    expect(loss).toBeCloseTo(1 / (4 * stepFactor * steps + 2), 14);
  });

  test.each([1, 3, 10])('is minimised faster for other numbers of steps, after %d steps', (steps) => {
    const lossWith = (turnsLike: number) =>
      minimize(slowest(turnsLike, 1), { rule: gradientDescent({ learningRate: 1 }), maxSteps: steps }).loss;
    for (const other of [steps - 0.5, steps - 0.1, steps + 0.1, steps + 2])
      expect(lossWith(other)).toBeLessThan(lossWith(steps));
  });
});
