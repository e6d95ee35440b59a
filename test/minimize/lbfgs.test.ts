import { descentDirection, type Pair } from '../../lib/minimize/lbfgs';
import { minimize } from '../../lib/minimize/minimize';
import { lbfgs } from '../../lib/optimizers/lbfgs';
import { expectSameBits } from '../support/bits';
import { floatClass, normal, range } from '../support/numbers';
import { distanceTo, drawnQuadratic, landscape, ofOne, quadratic, rosenbrock, watched } from '../support/objectives';
import fc from '../support/properties';

type Matrix = number[][];

const identity = (n: number, scale: number): Matrix => range(n).map((i) => range(n).map((j) => (i === j ? scale : 0)));
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * b[k]![j]!, 0)));
const transposed = (a: Matrix): Matrix => a[0]!.map((_, j) => a.map((row) => row[j]!));
const dotOf = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);

/** −Hg, where each pair updates H ← VᵀHV + ρssᵀ with V = I − ρysᵀ (Nocedal & Wright 2006, equation 7.16). */
function denseDirection(gradient: ArrayLike<number>, pairs: readonly Pair[]): number[] {
  const n = gradient.length;
  const newest = pairs.at(-1)!;
  let h = identity(n, dotOf(newest.s, newest.y) / dotOf(newest.y, newest.y));
  for (const { s, y } of pairs) {
    const rho = 1 / dotOf(s, y);
    const v = identity(n, 1).map((row, i) => row.map((x, j) => x - rho * y[i]! * s[j]!));
    h = times(times(transposed(v), h), v).map((row, i) => row.map((x, j) => x + rho * s[i]! * s[j]!));
  }
  return h.map((row) => -dotOf(row, gradient));
}

/** Pairs of a random quadratic, so that all have positive curvature. */
function drawnPairs(n: number, count: number, seed: number): Pair[] {
  const { matrix } = drawnQuadratic(n, seed);
  const draw = normal(seed + 1);
  return range(count).map(() => {
    const s = Float64Array.from({ length: n }, draw);
    const y = Float64Array.from(matrix, (row) => dotOf(row, s));
    return { s, y, rho: 1 / dotOf(s, y) };
  });
}

describe('the direction of lbfgs', () => {
  test('is −H∇R with the matrix H of its pairs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 8 }), fc.nat(1000), (n, count, seed) => {
        const pairs = drawnPairs(n, count, seed);
        const gradient = Float64Array.from({ length: n }, normal(seed + 2));
        const expected = denseDirection(gradient, pairs);
        const size = Math.hypot(...expected);
        expect(distanceTo(descentDirection(gradient, pairs), expected)).toBeLessThan(1e-7 * size);
      }),
    );
  });

  test('is scaled by sᵀy/yᵀy with a single pair of one number', () => {
    const pair = { s: Float64Array.of(2), y: Float64Array.of(6), rho: 1 / 12 };
    expect(descentDirection(Float64Array.of(3), [pair])).toEqual(Float64Array.of(-1)); // Newton's step: curvature 3
  });
});

/** A run with nearly exact line searches. */
const exactRun = (n: number, seed: number, history: number) => {
  const { objective } = drawnQuadratic(n, seed);
  const rule = lbfgs({ history, curvature: 1e-3 });
  const start = Array.from({ length: n }, normal(seed + 5));
  return minimize(objective, start, { rule, tolerance: 1e-9, trajectory: true });
};

describe('lbfgs', () => {
  test('with exact steps solves a quadratic of n numbers in about n steps', () => {
    for (const n of [2, 5, 10]) {
      const { status, steps } = exactRun(n, n, 20);
      expect(status).toBe('converged');
      expect(steps).toBeLessThanOrEqual(n + 2);
    }
  });

  test('matches a dense BFGS matrix of as many pairs, step by step', () => {
    for (const history of [1, 3, 20]) {
      const { trajectory } = exactRun(6, 3, history);
      const { objective } = drawnQuadratic(6, 3);
      const gradients = trajectory!.thetas.map((theta) => {
        const gradient = new Float64Array(6);
        objective(theta, gradient);
        return gradient;
      });
      const changes = trajectory!.thetas
        .slice(1)
        .map((theta, t) => theta.map((x, i) => x - trajectory!.thetas[t]![i]!));
      for (let t = 1; t < Math.min(changes.length, 6); ++t) {
        const pairs = range(t)
          .slice(-history)
          .map((k) => ({ s: changes[k]!, y: gradients[k + 1]!.map((g, i) => g - gradients[k]![i]!), rho: Number.NaN }));
        const direction = denseDirection(gradients[t]!, pairs);
        // The step is along this direction.
        const scale = dotOf(changes[t]!, direction) / dotOf(direction, direction);
        expect(scale).toBeGreaterThan(0);
        const error = distanceTo(
          changes[t]!,
          direction.map((x) => scale * x),
        );
        expect(error).toBeLessThan(1e-6 * Math.hypot(...changes[t]!));
      }
    }
  });

  test('remembers the given number of pairs', () => {
    const ends = [1, 2, 20].map((history) => {
      const rule = lbfgs({ history });
      return minimize(quadratic([1, 3, 10, 30, 100]), { rule, maxSteps: 8 }).theta;
    });
    expect(distanceTo(ends[0]!, ends[1]!)).toBeGreaterThan(1e-6);
    expect(distanceTo(ends[1]!, ends[2]!)).toBeGreaterThan(1e-6);
  });

  test.each(['float64', 'float32'] as const)('takes fewer than 60 evaluations on Rosenbrock, in %s', (type) => {
    const { evaluations, status } = minimize(rosenbrock, floatClass[type].of(-1.2, 1));
    expect(status).toBe('converged');
    expect(evaluations).toBeLessThan(60);
  });

  test("needs the evaluations on Rosenbrock's function that docs/minimize.md states", () => {
    expect(minimize(rosenbrock, [-1.2, 1])).toMatchObject({ status: 'converged', evaluations: 46 });
  });

  test('takes a first step of the length of the gradient, but at most 1', () => {
    for (const [start, expected] of [
      [100, 99],
      [0.1, 0],
    ]) {
      const { objective, thetas } = watched(quadratic([1]).objective);
      minimize(objective, [start!]);
      expect(thetas[1]![0]).toBeCloseTo(expected!, 14);
    }
  });

  test('reaches gradients of 1e-10 although losses differ by less than their last place', () => {
    for (const offset of [0, 1, -1e3, 1e6]) {
      const { objective } = drawnQuadratic(8, 4);
      const above = (theta: Float64Array | Float32Array, gradient: Float64Array | Float32Array) =>
        (objective(theta, gradient) as number) + offset;
      const { status } = minimize(above, new Float64Array(8).fill(3), { tolerance: 1e-10 });
      expect(status).toBe('converged');
    }
  });

  test('ends by itself when rounding prevents a smaller gradient', () => {
    const { objective } = drawnQuadratic(8, 4);
    const { status, gradientNorm, evaluations } = minimize(objective, new Float64Array(8).fill(3), { tolerance: 0 });
    expect(['lineSearchFailed', 'converged', 'maxSteps']).toContain(status);
    expect(gradientNorm).toBeLessThan(1e-12);
    expect(evaluations).toBeLessThan(3000);
  });

  test('leaves a saddle, and skips pairs without curvature', () => {
    // x² − y² + y⁴/4 has its minima at y = ±√2. Near the start its curvature is negative.
    const { theta, status } = minimize(
      ([x = 0, y = 0], gradient) => {
        gradient[0] = 2 * x;
        gradient[1] = -2 * y + y ** 3;
        return x * x - y * y + y ** 4 / 4;
      },
      [1, 1e-3],
      { rule: lbfgs({ lineSearch: 'armijo' }) },
    );
    expect(status).toBe('converged');
    expect(distanceTo(theta, [0, Math.SQRT2])).toBeLessThan(1e-7);
  });

  test('converges in many landscapes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(10_000), (n, seed) => {
        const start = Array.from({ length: n }, normal(seed));
        expect(minimize(landscape(n, 6, seed), start).status).toBe('converged');
      }),
    );
  });

  test('gives the same bits again', () => {
    const [first, second] = range(2).map(() => minimize(landscape(4, 6, 1), [1, 2, 3, 4]).theta);
    expectSameBits(first!, second!);
  });

  test('handles curvature of any size', () => {
    for (const scale of [1e-12, 1e12]) {
      const { theta, status } = minimize(quadratic([scale, 5 * scale]), { tolerance: 1e-9 * scale, maxSteps: 100 });
      expect(status).toBe('converged');
      expect(distanceTo(theta, [0, 0])).toBeLessThan(1e-8);
    }
  });

  test('ends at a corner of the function without a step, and reports it', () => {
    const corner = ofOne(
      (x) => Math.abs(x - Math.SQRT2),
      (x) => (x < Math.SQRT2 ? -1 : 1),
    );
    const { status, theta } = minimize(corner, [0]);
    expect(status).toBe('lineSearchFailed');
    expect(theta[0]).toBeCloseTo(Math.SQRT2, 6);
  });
});
