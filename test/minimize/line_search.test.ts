import type { FloatArray } from '../../lib/addon';
import { Evaluator } from '../../lib/minimize/evaluation';
import { armijo, rayFrom, wolfe } from '../../lib/minimize/line_search';
import { minimize } from '../../lib/minimize/minimize';
import type { Objective } from '../../lib/minimize/problem';
import { gradientDescent } from '../../lib/optimizers/gradient_descent';
import { lbfgs } from '../../lib/optimizers/lbfgs';
import type { Method } from '../../lib/optimizers/rule';
import { normal, range } from '../support/numbers';
import { landscape, ofOne, quadratic } from '../support/objectives';
import fc from '../support/properties';

const dotOf = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, x, i) => sum + x * b[i]!, 0);

/** φ(0), φ′(0), φ(1) and φ′(1) along each step of a run. */
function stepsOf(objective: Objective, start: readonly number[], rule: Method) {
  const { trajectory } = minimize(objective, start, { rule, maxSteps: 40, trajectory: true });
  const { thetas, losses } = trajectory!;
  const gradients = thetas.map((theta) => {
    const gradient = theta.slice();
    objective(theta, gradient);
    return gradient;
  });
  return thetas.slice(1).map((theta, t) => {
    const change = theta.map((x, i) => x - thetas[t]![i]!);
    return {
      before: losses[t]!,
      after: losses[t + 1]!,
      slopeBefore: dotOf(gradients[t]!, change),
      slopeAfter: dotOf(gradients[t + 1]!, change),
    };
  });
}

/** Rounding errors of losses, which are sums of a few terms of size 1. */
const rounding = 1e-13;

/** Rounding errors of a difference of losses: of six waves with heights and angles of up to 3, and of their sum. */
const noise = 32 * 2 ** -52;

/**
 * Whether rounding may have ended a search. Terms of size 1 that cancel leave a small loss, with noise above the 256
 * units in its last place that the search allows for. Such a search ends, at worst, with a step that decreases the
 * loss.
 */
const isMisjudged = ({ before, after }: { before: number; after: number }) =>
  256 * 2 ** -52 * Math.abs(before) < noise && Math.abs(after - before) <= noise;

const places = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(100_000));

describe("Wolfe's conditions", () => {
  test.each([
    ['lbfgs', lbfgs(), 1e-4, 0.9],
    ['lbfgs with narrow ones', lbfgs({ sufficientDecrease: 0.3, curvature: 0.4 }), 0.3, 0.4],
    ['gradientDescent', gradientDescent({ lineSearch: 'wolfe', curvature: 0.1 }), 1e-4, 0.1],
  ])('hold at every step of %s', (_, rule, c1, c2) => {
    fc.assert(
      fc.property(places, ([n, seed]) => {
        const start = Array.from({ length: n }, normal(seed)).map((x) => 3 * x);
        for (const step of stepsOf(landscape(n, 6, seed), start, rule)) {
          const { before, after, slopeBefore, slopeAfter } = step;
          expect(slopeBefore).toBeLessThan(0);
          expect(after).toBeLessThanOrEqual(before + c1 * slopeBefore + rounding);
          if (isMisjudged(step)) continue;
          expect(Math.abs(slopeAfter)).toBeLessThanOrEqual(c2 * Math.abs(slopeBefore) * (1 + 1e-6) + rounding ** 2);
        }
      }),
      { examples: [[[4, 5565]], [[3, 94_191]]] }, // they misjudge their last steps
    );
  });

  test.each([
    ['lbfgs', lbfgs({ lineSearch: 'armijo', sufficientDecrease: 0.2 })],
    ['gradientDescent', gradientDescent({ lineSearch: 'armijo', sufficientDecrease: 0.2 })],
  ])('the first one holds at every step of %s with Armijo', (_, rule) => {
    fc.assert(
      fc.property(places, ([n, seed]) => {
        const start = Array.from({ length: n }, normal(seed)).map((x) => 3 * x);
        for (const { before, after, slopeBefore } of stepsOf(landscape(n, 6, seed), start, rule))
          expect(after).toBeLessThanOrEqual(before + 0.2 * slopeBefore + rounding);
      }),
    );
  });
});

/** A search from `start` in the direction of growing x, and the steps that it has tried. */
function search(kind: typeof wolfe, objective: Objective, start: number, first: number, rule: Method) {
  const evaluator = new Evaluator(objective);
  const looks: number[] = [];
  const ray = rayFrom(evaluator, evaluator.at(Float64Array.of(start)), Float64Array.of(1));
  const watchedRay = {
    ...ray,
    at(step: number) {
      looks.push(step);
      return ray.at(step);
    },
  };
  return { found: kind(watchedRay, first, rule), looks };
}

const exact = lbfgs({ curvature: 1e-3 });
const loose = lbfgs({ lineSearch: 'armijo' });
const parabola = ofOne(
  (x) => (x - 3) ** 2,
  (x) => 2 * (x - 3),
);

describe('a search for a step', () => {
  test('of Wolfe finds the minimum of a parabola from two points', () => {
    for (const first of [0.5, 20]) {
      const { found, looks } = search(wolfe, parabola, 0, first, exact);
      expect(found!.step).toBeCloseTo(3, 12);
      expect(looks).toHaveLength(2);
    }
  });

  test('of Wolfe uses slopes if losses differ by no more than rounding', () => {
    const above = ofOne(
      (x) => 1e6 + (x - 3e-6) ** 2,
      (x) => 2 * (x - 3e-6),
    );
    const { found, looks } = search(wolfe, above, 0, 5e-6, exact);
    expect(found!.step).toBeCloseTo(3e-6, 15);
    expect(looks).toHaveLength(2);
  });

  test('of Wolfe increases a short step by a factor of at most ten', () => {
    const { found, looks } = search(wolfe, parabola, 0, 1e-3, exact);
    expect(found!.step).toBeCloseTo(3, 12);
    expect(looks.slice(0, 4).map((step) => Number(step.toPrecision(12)))).toEqual([1e-3, 1e-2, 1e-1, 1]);
  });

  test('of Wolfe continues where a function bends downwards', () => {
    const bent = ofOne(
      (x) => -x - x ** 3 + x ** 6 / 1e4,
      (x) => -1 - 3 * x ** 2 + (6 * x ** 5) / 1e4,
    );
    const { found, looks } = search(wolfe, bent, 0, 0.01, exact);
    expect(found!.step).toBeCloseTo(17.1, 1); // 3x² ≈ 6e-4x⁵
    expect(looks.slice(0, 4).map((step) => Number(step.toPrecision(12)))).toEqual([0.01, 0.1, 1, 10]);
    expect(looks.length).toBeLessThan(15);
  });

  test('of Wolfe narrows an interval down to a minimum inside it', () => {
    const hilly = ofOne(
      (x) => 0.01 * x - Math.sin(x),
      (x) => 0.01 - Math.cos(x),
    );
    for (const first of [0.01, 0.1, 1, 3, 5, 10, 100, 1000]) {
      const { found, looks } = search(wolfe, hilly, 0, first, exact);
      expect(Math.abs(found!.slope)).toBeLessThanOrEqual(1e-3 * 0.99);
      expect(found!.loss).toBeLessThan(-0.5);
      expect(looks.length).toBeLessThan(15);
    }
  });

  test('of Wolfe narrows an interval with a very high value at one end', () => {
    const wall = ofOne(
      (x) => -x + Math.exp(50 * (x - 2)) / 50,
      (x) => -1 + Math.exp(50 * (x - 2)),
    );
    for (const first of [5, 10, 14]) {
      const { found, looks } = search(wolfe, wall, 0, first, exact);
      expect(found!.step).toBeCloseTo(2, 4);
      expect(looks.length).toBeLessThan(20);
    }
    const jump = ofOne(
      (x) => (x < 1 ? -x : 1e100),
      () => -1,
    );
    expect(search(wolfe, jump, 0, 3, exact).found!.step).toBeGreaterThan(0.9);
  });

  test.each([
    ['of Wolfe', wolfe, exact],
    ['of Armijo', armijo, loose],
  ] as const)('%s returns from where the function is not finite', (_, kind, rule) => {
    const walled = ofOne(
      (x) => (x < 4 ? (x - 3) ** 2 : NaN),
      (x) => (x < 4 ? 2 * (x - 3) : NaN),
    );
    expect(search(kind, walled, 0, 1e4, rule).found!.loss).toBeLessThan(9);
    const lost = ofOne(
      (x) => (x < 4 ? (x - 3) ** 2 : -1),
      (x) => (x < 4 ? 2 * (x - 3) : NaN),
    );
    expect(search(kind, lost, 0, 30, rule).found!.loss).toBeGreaterThanOrEqual(0);
  });

  test.each([
    ['of Wolfe', wolfe, exact],
    ['of Armijo', armijo, loose],
  ] as const)('%s finds nothing uphill, without an evaluation', (_, kind, rule) => {
    expect(search(kind, parabola, 4, 1, rule)).toEqual({ found: undefined, looks: [] });
  });

  test.each([
    ['of Wolfe', wolfe, exact],
    ['of Armijo', armijo, loose],
  ] as const)('%s ends after 30 evaluations whatever the function does', (_, kind, rule) => {
    const draw = normal(1);
    const noise: Objective = (_: FloatArray, gradient) => {
      gradient[0] = -1 - Math.abs(draw());
      return 100 + draw() ** 2 * 1e6;
    };
    for (const _ of range(20)) expect(search(kind, noise, 0, 1, rule).looks.length).toBeLessThanOrEqual(30);
  });

  test('of Armijo shrinks a step by a factor between a tenth and a half', () => {
    const { looks } = search(armijo, quadratic([1]).objective, -1, 1e4, loose);
    for (const i of range(looks.length - 1)) {
      const ratio = looks[i + 1]! / looks[i]!;
      expect(ratio).toBeGreaterThanOrEqual(0.1 - 1e-12);
      expect(ratio).toBeLessThanOrEqual(0.5 + 1e-12);
    }
    expect(looks.length).toBeGreaterThan(3);
  });
});
