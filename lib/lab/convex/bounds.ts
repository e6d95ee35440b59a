import { type Method, minimize, type Rule } from '../../index.js';
import type { Axis, Point } from '../../pages/index.js';
import type { ConvexProblem } from '../problems/quadratic.js';
import { someSteps } from '../some_steps.js';
import { distance } from '../vectors.js';

/** A method's run on a convex problem. */
export interface Descent {
  readonly problem: ConvexProblem;
  /** R(θ(t)) − R* at each step t, from 0 on. */
  readonly excess: readonly number[];
  /** ‖θ(0) − θ*‖². */
  readonly distance2: number;
  /** Whether the run ended early because its numbers were no longer finite. */
  readonly diverged: boolean;
}

/** A theorem's upper bound of R(θ(t)) − R* after t steps. */
export type Bound = (descent: Descent, step: number) => number;

/** Bound of gradient descent for convex R, as on the slide. */
export const slideBound: Bound = ({ problem: { smoothness }, distance2 }, t) =>
  ((2 * smoothness) / (t + 1)) * distance2;

/** Sharper bound of gradient descent for convex R (Nesterov 2018, Lectures on Convex Optimization, section 2.1.5). */
export const sublinearBound: Bound = ({ problem: { smoothness }, distance2 }, t) => (smoothness / (2 * t)) * distance2;

/** The sharpest bound of gradient descent with η = stepFactor/L ≤ 1/L (Drori & Teboulle 2014, arXiv:1206.3209). */
export const sharpestBound =
  (stepFactor: number): Bound =>
  ({ problem: { smoothness }, distance2 }, t) =>
    (smoothness / (4 * stepFactor * t + 2)) * distance2;

/** Bound of accelerated descent for convex R, β = (k − 1)/(k + 2). */
export const acceleratedBound: Bound = ({ problem: { smoothness }, distance2 }, t) =>
  ((2 * smoothness) / (t + 1) ** 2) * distance2;

/** Bound of gradient descent for strongly convex R. */
export const linearBound: Bound = ({ problem: { smoothness, strongConvexity }, excess }, t) =>
  (1 - strongConvexity / smoothness) ** t * excess[0]!;

export function descend(problem: ConvexProblem, rule: Rule | Method, steps: number): Descent {
  const excess: number[] = [];
  const { status } = minimize(problem, {
    rule,
    maxSteps: steps,
    tolerance: 0,
    onNonFinite: 'stop',
    onStep: ({ loss }) => excess.push(loss - problem.least),
  });
  const distance2 = distance(Float64Array.from(problem.start), problem.minima[0]) ** 2;
  return { problem, excess, distance2, diverged: status === 'diverged' };
}

/** Rounding error of R(θ(t)) − R*, relative to |R*|. */
const rounding = 1e-13;

/** The largest ratio of R(θ(t)) − R* to its bound, of all steps. Infinity if the run diverged. */
function largestShare(descent: Descent, bound: Bound): number {
  if (descent.diverged) return Infinity;
  const noise = rounding * Math.abs(descent.problem.least);
  return descent.excess.reduce((most, measured, t) => {
    const over = measured - noise;
    return over <= 0 ? most : Math.max(most, over / bound(descent, t));
  }, 0);
}

/** The largest ratio of R(θ(t)) − R* to its bound, of several runs. */
export const largestShareOf = (descents: readonly Descent[], bound: Bound): number =>
  Math.max(...descents.map((descent) => largestShare(descent, bound)));

/** A run on a problem that is hardest for a number of steps. */
export interface DescentMadeFor extends Descent {
  readonly count: number;
}

/** The largest relative deviation of (R(θ(t)) − R*)/bound from theory, each run after the number of steps of its problem. */
export const shareDeviation = (
  descents: readonly DescentMadeFor[],
  bound: Bound,
  theory: (step: number) => number,
): number =>
  Math.max(
    ...descents.map((descent) => {
      const { count, excess } = descent;
      return Math.abs((excess[count] ?? Infinity) / bound(descent, count) / theory(count) - 1);
    }),
  );

/** R(θ(t)) − R* over t in units of `unit`. A run that diverged ends with a point at NaN. */
export function excessCurve({ excess, diverged }: Descent, unit: number, scale?: Axis['scale']): Point[] {
  const curve = someSteps(excess.length - 1, scale).map((t): Point => [t, excess[t]! / unit]);
  return diverged ? [...curve, [excess.length, NaN]] : curve;
}
