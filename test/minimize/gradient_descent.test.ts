import { minimize } from '../../lib/minimize/minimize';
import type { Problem } from '../../lib/minimize/problem';
import { gradientDescent } from '../../lib/optimizers/gradient_descent';
import type { Method } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { expectSameBits } from '../support/bits';
import { range } from '../support/numbers';
import { distanceTo, drawnQuadratic, landscape, ofOne, quadratic, rosenbrock, watched } from '../support/objectives';
import fc from '../support/properties';

const lossesOf = (problem: Problem, rule: Method, maxSteps: number) =>
  minimize(problem, { rule, maxSteps, tolerance: 0, trajectory: true }).trajectory!.losses;

const spectrum = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 6 });

describe('gradientDescent', () => {
  test('is θ ← θ − η∇R(θ), like sgd, bit for bit', () => {
    const { objective } = drawnQuadratic(5, 1);
    const start = [1, -2, 3, -4, 5];
    const [descent, reference] = [gradientDescent({ learningRate: 0.01 }), sgd({ learningRate: 0.01 })].map(
      (rule) => minimize(objective, start, { rule, maxSteps: 50, trajectory: true }).trajectory!,
    );
    for (const t of range(51)) expectSameBits(descent!.thetas[t]!, reference!.thetas[t]!);
  });

  test('uses 1/L as η if the problem gives L, by default', () => {
    const problem = quadratic([1, 4]);
    const thetas = [
      gradientDescent(),
      gradientDescent({ learningRate: 0.25 }),
      gradientDescent({ learningRate: 0.1 }),
    ].map((rule) => Array.from(minimize(problem, { rule, maxSteps: 1 }).theta));
    expect(thetas[0]).toEqual([0.75, 0]);
    expect(thetas[1]).toEqual(thetas[0]);
    expect(thetas[2]).toEqual([0.9, 0.6]);
  });

  test('with η = 1/L shrinks the loss of a μ-strongly convex quadratic by 1 − μ/L at each step', () => {
    fc.assert(
      fc.property(spectrum, (eigenvalues) => {
        const problem = quadratic(eigenvalues);
        const factor = 1 - problem.strongConvexity! / problem.smoothness!;
        const losses = lossesOf(problem, gradientDescent(), 60);
        for (const [t, loss] of losses.entries())
          expect(loss).toBeLessThanOrEqual(losses[0]! * (factor ** t * (1 + 1e-12) + 1e-28));
      }),
    );
  });

  test('with η = 1/L stays below L‖θ₀ − θ*‖²/2t, and so below the bound of the lecture, for convex R', () => {
    fc.assert(
      fc.property(spectrum, (eigenvalues) => {
        const problem = quadratic([...eigenvalues, 0]);
        const radius = distanceTo(problem.start, new Array(problem.start.length).fill(0)) ** 2;
        const losses = lossesOf(problem, gradientDescent(), 60);
        for (const [t, loss] of losses.entries()) {
          const lecture = ((2 * problem.smoothness!) / (t + 1)) * radius;
          const sharp = t === 0 ? lecture : (problem.smoothness! * radius) / (2 * t);
          expect(sharp).toBeLessThanOrEqual(lecture);
          expect(loss).toBeLessThanOrEqual(sharp);
        }
      }),
    );
  });

  test('converges below 2/L and diverges above', () => {
    const problem = quadratic([1, 4]);
    for (const [learningRate, status] of [
      [0.499, 'converged'],
      [0.501, 'diverged'],
    ] as const)
      expect(
        minimize(problem, { rule: gradientDescent({ learningRate }), maxSteps: 1e6, onNonFinite: 'stop' }).status,
      ).toBe(status);
  });
});

describe.each(['armijo', 'wolfe'] as const)('gradientDescent with the line search %s', (lineSearch) => {
  const rule = gradientDescent({ lineSearch });

  test('converges without L', () => {
    for (const scale of [1e-3, 1, 1e3]) {
      const { theta, status } = minimize(quadratic([scale, 10 * scale], [3, -2]), { rule });
      expect(status).toBe('converged');
      expect(distanceTo(theta, [0, 0])).toBeLessThan(1e-4);
    }
  });

  test('reaches the end of a bent valley', () => {
    const { theta, status } = minimize(rosenbrock, [-1.2, 1], { rule, maxSteps: 30_000 });
    expect(status).toBe('converged');
    expect(distanceTo(theta, [1, 1])).toBeLessThan(1e-6);
  });

  test('decreases a function with many valleys at every step', () => {
    for (const seed of range(10)) {
      const { trajectory } = minimize(landscape(3, 5, seed), [1, 2, 3], { rule, maxSteps: 50, trajectory: true });
      for (const t of range(trajectory!.losses.length - 1))
        expect(trajectory!.losses[t + 1]).toBeLessThanOrEqual(
          trajectory!.losses[t]! * (1 + Math.sign(trajectory!.losses[t]!) * 1e-12),
        );
    }
  });

  test('moves by at most 1 in its first trial', () => {
    for (const [start, expected] of [
      [100, 99],
      [0.1, 0],
    ]) {
      const { objective, thetas } = watched(quadratic([1]).objective);
      minimize(objective, [start!], { rule });
      expect(thetas[1]![0]).toBeCloseTo(expected!, 14);
    }
  });

  test('tries learningRate first in each search', () => {
    const tried: number[] = [];
    const slopes = ofOne(
      (x) => x ** 4,
      (x) => 4 * x ** 3,
    );
    minimize(
      (theta, gradient) => {
        tried.push(theta[0]!);
        return slopes(theta, gradient);
      },
      [1],
      { rule: gradientDescent({ lineSearch, learningRate: 0.01 }), maxSteps: 1 },
    );
    expect(tried[1]).toBe(1 - 0.01 * 4);
  });
});
