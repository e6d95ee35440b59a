import { minimize } from '../../lib/minimize/minimize';
import type { Problem } from '../../lib/minimize/problem';
import { accelerated } from '../../lib/optimizers/accelerated';
import { gradientDescent } from '../../lib/optimizers/gradient_descent';
import type { Method } from '../../lib/optimizers/rule';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { range } from '../support/numbers';
import { distanceTo, quadratic, watched } from '../support/objectives';
import fc from '../support/properties';

const lossesOf = (problem: Problem, rule: Method, maxSteps: number) =>
  minimize(problem, { rule, maxSteps, tolerance: 0, trajectory: true }).trajectory!.losses;

/** ½θᵀTθ − e₁ᵀθ, T tridiagonal with 2, −1; L = 4. The hardest convex function for n/2 steps (Nesterov 2018, 2.1.2). */
const hard = (n: number): Problem & { least: number } => ({
  name: 'hard',
  start: new Array(n).fill(0),
  smoothness: 4,
  minima: [range(n).map((i) => 1 - (i + 1) / (n + 1))],
  least: -n / (2 * (n + 1)),
  objective(theta, gradient) {
    let loss = -theta[0]!;
    for (let i = 0; i < n; ++i) {
      gradient[i] = 2 * theta[i]! - (theta[i - 1] ?? 0) - (theta[i + 1] ?? 0) - (i === 0 ? 1 : 0);
      loss += (theta[i]! * (gradient[i]! + (i === 0 ? 1 : 0))) / 2;
    }
    return loss;
  },
});

const spectrum = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 6 });

describe('accelerated', () => {
  test('follows its formula with (k − 1)/(k + 2)', () => {
    const { theta } = minimize(quadratic([1, 4]), { rule: accelerated({ learningRate: 0.1 }), maxSteps: 30 });
    const expected = [1, 4].map((eigenvalue) => {
      let [x, before] = [1, 1];
      for (let k = 1; k <= 30; ++k) {
        const y = x + ((k - 1) / (k + 2)) * (x - before);
        [x, before] = [y - 0.1 * eigenvalue * y, x];
      }
      return x;
    });
    expect(greatestError(theta, expected)).toBeLessThan(1e-14);
  });

  test('follows its formula with (√κ − 1)/(√κ + 1)', () => {
    const rule = accelerated({ smoothness: 9, strongConvexity: 1 });
    const { theta } = minimize(quadratic([1, 4]), { rule, maxSteps: 30, tolerance: 0 });
    const expected = [1, 4].map((eigenvalue) => {
      let [x, before] = [1, 1];
      for (let k = 1; k <= 30; ++k) {
        const y = x + 0.5 * (x - before);
        [x, before] = [y - (eigenvalue * y) / 9, x];
      }
      return x;
    });
    expect(greatestError(theta, expected)).toBeLessThan(1e-14);
  });

  test('stays below 2L‖θ₀ − θ*‖²/(t + 1)² for convex R', () => {
    fc.assert(
      fc.property(spectrum, (eigenvalues) => {
        const problem = quadratic([...eigenvalues, 0]);
        const radius = distanceTo(problem.start, new Array(problem.start.length).fill(0)) ** 2;
        for (const [t, loss] of lossesOf(problem, accelerated(), 100).entries())
          expect(loss).toBeLessThanOrEqual((2 * problem.smoothness! * radius) / (t + 1) ** 2);
      }),
    );
  });

  test('stays between the lower bound for all methods and its upper bound on the hardest function', () => {
    const n = 101;
    const problem = hard(n);
    const radius = distanceTo(problem.start, problem.minima![0]!) ** 2;
    const losses = lossesOf(problem, accelerated(), 50);
    for (const [t, loss] of losses.entries()) {
      expect(loss - problem.least).toBeLessThanOrEqual((2 * 4 * radius) / (t + 1) ** 2);
    }
    expect(losses[50]! - problem.least).toBeGreaterThanOrEqual((3 * 4 * radius) / (32 * 51 ** 2)); // t = (n − 1)/2
    expect(losses[50]! - problem.least).toBeLessThan(
      (lossesOf(problem, gradientDescent(), 50)[50]! - problem.least) / 2,
    );
  });

  test('with μ, stays below (1 − 1/√κ)ᵗ(R(θ₀) − R* + μ‖θ₀ − θ*‖²/2)', () => {
    fc.assert(
      fc.property(spectrum, (eigenvalues) => {
        const problem = quadratic(eigenvalues);
        const mu = problem.strongConvexity!;
        const losses = lossesOf(problem, accelerated({ strongConvexity: mu }), 100);
        const factor = 1 - Math.sqrt(mu / problem.smoothness!);
        const first = losses[0]! + (mu / 2) * problem.start.length;
        for (const [t, loss] of losses.entries())
          expect(loss).toBeLessThanOrEqual(first * factor ** t * (1 + 1e-10) + 1e-28 * first);
      }),
    );
  });

  test('does not use the μ of a problem by default', () => {
    const { strongConvexity: _, ...convex } = quadratic([1, 4]);
    const [with_, without] = [quadratic([1, 4]), convex].map(
      (problem) => minimize(problem, { rule: accelerated(), maxSteps: 20 }).theta,
    );
    expectSameBits(with_!, without!);
  });

  test('uses 1/L as η, wherever L comes from', () => {
    const ends = [accelerated(), accelerated({ smoothness: 4 }), accelerated({ learningRate: 0.25 })].map(
      (rule) => minimize(quadratic([1, 4]), { rule, maxSteps: 20 }).theta,
    );
    expectSameBits(ends[1]!, ends[0]!);
    expectSameBits(ends[2]!, ends[0]!);
    const other = minimize(quadratic([1, 4]), { rule: accelerated({ smoothness: 8 }), maxSteps: 20 }).theta;
    expect(distanceTo(other, ends[0]!)).toBeGreaterThan(1e-3);
  });

  test.each(['gradient', 'function'] as const)(
    'converges linearly with restarts by the %s, and more slowly without',
    (restart) => {
      const problem = quadratic([1, 10, 1000]);
      const [plain, restarted] = [accelerated(), accelerated({ restart })].map(
        (rule) => minimize(problem, { rule, tolerance: 1e-8, maxSteps: 100_000 }).steps,
      );
      expect(restarted).toBeLessThan(plain! / 5);
    },
  );

  test('restarted by the function never increases in two consecutive steps', () => {
    const losses = lossesOf(quadratic([1, 10, 1000]), accelerated({ restart: 'function' }), 500);
    const ups = losses.slice(1).map((loss, t) => loss > losses[t]!);
    expect(ups.some(Boolean)).toBe(true);
    expect(ups.some((up, t) => up && ups[t + 1])).toBe(false);
  });

  test.each([{}, { strongConvexity: 1 }])('evaluates at y and at θ, or once if they are equal: %p', (options) => {
    const { objective, thetas } = watched(quadratic([1, 4]).objective);
    const rule = accelerated({ learningRate: 0.1, ...options });
    const { evaluations, trajectory } = minimize(objective, [1, 1], { rule, maxSteps: 4, trajectory: true });
    expect(evaluations).toBe(1 + 1 + 2 + 2 + 2); // no gradient to reuse at the first step
    expect(thetas.at(-1)).toEqual(trajectory!.thetas.at(-1));
  });
});
