import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { iris } from '../../../lib/lab/data';
import {
  beale,
  branin,
  chain,
  deepQuadratic,
  himmelblau,
  leastSquares,
  linearExamples,
  logisticRegression,
  quadratic,
  rosenbrock,
  saddle,
  sphere,
  standardized,
} from '../../../lib/lab/problems';
import type { Problem } from '../../../lib/minimize/problem';
import { Random } from '../../../lib/numbers/random';

const random = new Random(5);
const examples = linearExamples(40, [3, 1, 0.2], 0.5, random);
const classes = { ...examples, targets: Array.from(examples.targets, (target) => Number(target > 0)) };

const convex = {
  sphere,
  deepQuadratic: deepQuadratic(),
  quadratic: quadratic([1, 2, 5], { rotation: random, minimum: [1, 2, 3] }),
  chain: chain(20, 3),
  leastSquares: leastSquares(examples),
  logisticRegression: logisticRegression(classes, 0.1),
};
const all: Record<string, Problem> = { ...convex, rosenbrock, beale, branin, himmelblau, saddle };

const take = ({ objective }: Problem, theta: Float64Array) => {
  const gradient = new Float64Array(theta.length).fill(Number.NaN);
  return { value: objective(theta, gradient) as number, gradient };
};

describe.each(Object.entries(all))('the problem %s', (_name, problem) => {
  const minima = problem.minima!.map((minimum) => Float64Array.from(minimum));
  const points = [0, 1, 2].map((i) => Float64Array.from(problem.start, (x) => x + i * random.normal()));

  test('has its minimum, and a zero gradient, at its minima', () => {
    for (const minimum of minima) {
      const { value, gradient } = take(problem, minimum);
      expect(Math.abs(value - problem.least!)).toBeLessThan(1e-13);
      for (const slope of gradient) expect(Math.abs(slope)).toBeLessThan(2e-13 * Math.max(1, problem.smoothness ?? 1));
    }
  });

  test('is greater elsewhere, and has the gradient of finite differences', () => {
    const step = 1e-5;
    for (const point of points) {
      const { value, gradient } = take(problem, point);
      expect(value).toBeGreaterThan(problem.least!);
      for (const [i, slope] of gradient.entries()) {
        const [low, high] = [-step, step].map(
          (by) =>
            take(
              problem,
              point.map((x, j) => (i === j ? x + by : x)),
            ).value,
        );
        expect(Math.abs(slope - (high! - low!) / (2 * step))).toBeLessThan(1e-7 * (1 + Math.hypot(...gradient)));
      }
    }
  });

  test('has the Hessian of finite differences of gradients, if it has one', () => {
    const step = 1e-5;
    for (const point of points) {
      if (!problem.hessianVectorProduct) continue;
      const direction = random.normals(point.length);
      const product = problem.hessianVectorProduct(point, direction);
      const [low, high] = [-step, step].map(
        (by) =>
          take(
            problem,
            point.map((x, i) => x + by * direction[i]!),
          ).gradient,
      );
      for (const [i, value] of product.entries())
        expect(Math.abs(value - (high![i]! - low![i]!) / (2 * step))).toBeLessThan(1e-6 * (1 + Math.hypot(...product)));
    }
  });
});

describe.each(Object.entries(convex))('the convex problem %s', (_name, problem) => {
  test('has curvatures between μ and L everywhere', () => {
    const step = 1e-4;
    for (let trial = 0; trial < 20; ++trial) {
      const point = Float64Array.from(problem.start, (x) => x + random.normal());
      const direction = random.normals(point.length);
      const size = Math.hypot(...direction);
      const moved = point.map((x, i) => x + (step * direction[i]!) / size);
      const [a, b] = [take(problem, point).gradient, take(problem, moved).gradient];
      const curvature = b.reduce((sum, x, i) => sum + (x - a[i]!) * direction[i]!, 0) / size / step;
      expect(curvature).toBeLessThanOrEqual(problem.smoothness * (1 + 1e-6));
      expect(curvature).toBeGreaterThanOrEqual(problem.strongConvexity * (1 - 1e-6));
    }
  });
});

/** A Hessian's eigenvalues, ascending. Its columns are products or, for a linear gradient, differences of gradients. */
function curvatures(problem: Problem, point: Float64Array): number[] {
  const at = take(problem, point).gradient;
  const rows = Array.from(point, (_, i) => {
    const axis = new Float64Array(point.length).fill(1, i, i + 1);
    if (problem.hessianVectorProduct) return Array.from(problem.hessianVectorProduct(point, axis));
    const moved = point.map((x, j) => x + axis[j]!);
    return Array.from(take(problem, moved).gradient, (x, j) => x - at[j]!);
  });
  return new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true }).realEigenvalues;
}

describe('L and μ', () => {
  const { logisticRegression: logistic, chain: slow, ...exact } = convex;
  const zero = new Float64Array(3);

  test.each(Object.entries(exact))('are the extreme eigenvalues of the Hessian: %s', (_name, problem) => {
    const eigenvalues = curvatures(problem, Float64Array.from(problem.start));
    expect(Math.abs(eigenvalues.at(-1)! / problem.smoothness - 1)).toBeLessThan(1e-9);
    expect(Math.abs(eigenvalues[0]! / problem.strongConvexity - 1)).toBeLessThan(1e-9);
  });

  test('of a chain are its least eigenvalue, and the limit of its greatest as it grows', () => {
    const eigenvalues = curvatures(slow, new Float64Array(20));
    expect(Math.abs(eigenvalues[0]! / slow.strongConvexity - 1)).toBeLessThan(1e-9);
    expect(eigenvalues.at(-1)! / slow.smoothness).toBeCloseTo(Math.cos(Math.PI / 42) ** 2, 9);
  });

  test('of logistic regression are attained at 0, and far away', () => {
    expect(Math.abs(curvatures(logistic, zero).at(-1)! / logistic.smoothness - 1)).toBeLessThan(1e-9);
    const far = curvatures(logistic, Float64Array.of(1e4, 2e4, -3e4));
    expect(far[0]! / logistic.strongConvexity).toBeGreaterThan(1 - 1e-9);
    expect(far[0]! / logistic.strongConvexity).toBeLessThan(1.03);
    for (let trial = 0; trial < 10; ++trial) {
      const eigenvalues = curvatures(logistic, random.normals(3));
      expect(eigenvalues[0]!).toBeGreaterThan(logistic.strongConvexity);
      expect(eigenvalues.at(-1)!).toBeLessThan(logistic.smoothness);
    }
  });
});

describe('a quadratic', () => {
  test('has the given eigenvalues, for any axes', () => {
    const eigenvalues = [0.5, 2, 2, 7, 30];
    const { hessianVectorProduct } = quadratic(eigenvalues, { rotation: random });
    const rows = eigenvalues.map((_, i) =>
      Array.from(hessianVectorProduct!(new Float64Array(5), new Float64Array(5).fill(1, i, i + 1))),
    );
    const found = new EigenvalueDecomposition(new Matrix(rows)).realEigenvalues.sort((a, b) => a - b);
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(eigenvalues[i]!, 12);
    expect(Math.abs(rows[0]![1]!)).toBeGreaterThan(0.01); // it is rotated
  });

  test('of DeepOBS has the published spectrum', () => {
    const { eigenvalues } = deepQuadratic();
    expect(eigenvalues.filter((x) => x > 0 && x < 1)).toHaveLength(90);
    expect(eigenvalues.filter((x) => x > 30 && x < 60)).toHaveLength(10);
  });
});

describe('standardized inputs', () => {
  test('have columns of mean 0 and variance 1, and a last column of ones', async () => {
    const { inputs, columns } = await iris();
    const result = standardized(inputs, columns);
    expect(result.columns).toBe(5);
    for (let j = 0; j < 5; ++j) {
      const column = Array.from({ length: 150 }, (_, i) => result.inputs[5 * i + j]!);
      const mean = column.reduce((sum, x) => sum + x, 0) / 150;
      expect(mean).toBeCloseTo(j === 4 ? 1 : 0, 12);
      expect(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 150).toBeCloseTo(j === 4 ? 0 : 1, 12);
    }
  });
});

describe('an invalid argument', () => {
  test('is refused', () => {
    const targets = [0, 1, 1];
    expect(() => quadratic([1, -1])).toThrow('Expected a finite number ≥ 0 for eigenvalues[1] but received -1');
    expect(() => standardized(Float64Array.of(1, 5, 2, 5, 3, 5), 2)).toThrow('column 1 has a standard deviation of 0');
    expect(() => leastSquares({ inputs: Float64Array.of(1, 2, 2, 4, 3, 6), columns: 2, targets })).toThrow(
      'depend on each other',
    );
  });
});
