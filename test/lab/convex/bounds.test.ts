import {
  acceleratedBound,
  descend,
  excessCurve,
  largestShareOf,
  linearBound,
  slideBound,
  sublinearBound,
} from '../../../lib/lab/convex/bounds';
import { conditioned } from '../../../lib/lab/convex/conditioning';
import { quadratic } from '../../../lib/lab/problems/quadratic';
import { Random } from '../../../lib/numbers/random';
import { gradientDescent } from '../../../lib/optimizers/gradient_descent';

const run = (stepFactor: number, steps = 20) =>
  descend(quadratic([2, 1], { start: [3, 4] }), gradientDescent({ learningRate: stepFactor / 2 }), steps);

describe('a descent', () => {
  test('has R − R* of each step, and the distance of the start', () => {
    const { excess, distance2, diverged } = run(1, 2);
    expect(excess).toEqual([17, 2, 0.5]); // the first number is 0 after one step, the second halves
    expect(distance2).toBe(25);
    expect(diverged).toBe(false);
  });

  test('is compared to a bound at its closest point', () => {
    expect(largestShareOf([run(1)], (_, t) => [17, 4, 1][t] ?? 1)).toBe(1);
    expect(largestShareOf([run(1)], (_, t) => [34, 1, 1][t] ?? 1)).toBe(2);
    expect(largestShareOf([run(1)], linearBound)).toBe(1);
    expect(largestShareOf([run(1), run(2.1)], sublinearBound)).toBeGreaterThan(1);
  });

  test('with non-finite numbers satisfies no bound, and its curve ends', () => {
    const astray = run(1e200, 20);
    expect(astray.diverged).toBe(true);
    expect(largestShareOf([astray], () => Infinity)).toBe(Infinity);
    expect(excessCurve(astray, 17).at(-1)![1]).toBeNaN();
    expect(excessCurve(astray, 17)[0]).toEqual([0, 1]);
  });
});

test('the bounds are those of the theorems, with L = 2, μ = 1, ‖θ(0) − θ*‖² = 25 and R(θ(0)) − R* = 17', () => {
  const descent = run(1, 4);
  expect([1, 4].map((t) => slideBound(descent, t))).toEqual([50, 20]); // 2·2·25/(t + 1)
  expect([1, 4].map((t) => sublinearBound(descent, t))).toEqual([25, 6.25]); // 2·25/(2t)
  expect([1, 4].map((t) => acceleratedBound(descent, t))).toEqual([25, 4]); // 2·2·25/(t + 1)²
  expect([0, 1, 4].map((t) => linearBound(descent, t))).toEqual([17, 8.5, 1.0625]); // 17/2ᵗ
});

test('a conditioned quadratic has L = 1, μ = 1/κ, and equal expected shares of its coordinates in R', () => {
  const problem = conditioned(100, 5, new Random(3));
  expect([problem.smoothness, problem.strongConvexity]).toEqual([1, 0.01]);
  const start = Float64Array.from(problem.start);
  const normals = new Random(3).normals(5);
  const products = problem.hessianVectorProduct!(start, start);
  for (const [i, x] of start.entries()) {
    expect(products[i]! / x).toBeCloseTo(100 ** (-i / 4), 12);
    expect(products[i]! * x).toBeCloseTo(normals[i]! ** 2, 12);
  }
});
