import { addon } from '../addon/index.js';
import type { Evaluation } from './design.js';

/** A convex function of some numbers. */
export type Convex = (x: Float64Array, derivatives: 'gradient' | 'hessian') => Promise<Evaluation>;

/** When an iteration ends. */
export interface Ending {
  readonly maxIterations: number;
  /** Whether to end before the next iteration. */
  readonly isStopped?: (() => boolean | Promise<boolean>) | undefined;
}

/** A minimum, or where the iterations ended. */
export interface Minimized {
  readonly x: Float64Array;
  readonly loss: number;
  readonly iterations: number;
  readonly converged: boolean;
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; ++i) sum += a[i]! * b[i]!;
  return sum;
};

const moved = (x: Float64Array, step: number, direction: Float64Array): Float64Array =>
  x.map((value, i) => value + step * direction[i]!);

/** The most halvings of a step. */
const mostHalvings = 40;

/** Rounding errors of a loss, relative to it. */
const rounding = 1e-13;

/** A step that lowers the loss enough (Armijo 1966); undefined if rounding errors leave none. */
async function stepAlong(
  f: Convex,
  x: Float64Array,
  loss: number,
  direction: Float64Array,
  slope: number,
  derivatives: 'gradient' | 'hessian',
): Promise<(Evaluation & { readonly x: Float64Array }) | undefined> {
  let step = 1;
  for (let halving = 0; halving < mostHalvings; ++halving, step /= 2) {
    const next = moved(x, step, direction);
    const at = await f(next, derivatives);
    if (at.loss <= loss + 1e-4 * step * slope + rounding * Math.abs(loss)) return { ...at, x: next };
  }
  return undefined;
}

/** The half squared Newton decrement, relative to the loss, below which one more step is exact to rounding errors. */
const smallDecrement = 1e-11;

/**
 * Newton's method with halved steps (Boyd & Vandenberghe 2004, algorithm 9.5). Where the Hessian is singular in floating
 * point, a multiple of its diagonal is added.
 */
export async function newton(f: Convex, start: Float64Array, { maxIterations, isStopped }: Ending): Promise<Minimized> {
  let x = start;
  let at = await f(x, 'hessian');
  for (let iteration = 0; iteration < maxIterations; ++iteration) {
    if (await isStopped?.()) return { x, loss: at.loss, iterations: iteration, converged: false };
    const direction = await newtonDirection(at);
    const slope = dot(at.gradient, direction);
    const isLast = -slope / 2 <= smallDecrement * Math.abs(at.loss);
    const next = await stepAlong(f, x, at.loss, direction, slope, isLast ? 'gradient' : 'hessian');
    if (!next) return { x, loss: at.loss, iterations: iteration, converged: isLast };
    if (isLast) return { x: next.x, loss: next.loss, iterations: iteration + 1, converged: true };
    [x, at] = [next.x, next];
  }
  return { x, loss: at.loss, iterations: maxIterations, converged: false };
}

async function newtonDirection({ gradient, hessian }: Evaluation): Promise<Float64Array> {
  const size = gradient.length;
  const right = gradient.map((g) => -g);
  let matrix = hessian;
  let most = 0;
  for (let i = 0; i < size; ++i) most = Math.max(most, hessian[i * size + i]!);
  for (let damping = 1e-14; ; damping *= 100) {
    const solution = await addon.solveDefinite(matrix, right);
    if (solution.length === size && solution.every(Number.isFinite)) return solution;
    matrix = hessian.slice();
    for (let i = 0; i < size; ++i)
      matrix[i * size + i]! += damping * (matrix[i * size + i]! > 0 ? matrix[i * size + i]! : most || 1);
  }
}

/** Pairs of steps and changes of the gradient that are kept. */
const memory = 10;

/**
 * L-BFGS with halved steps (Nocedal 1980; Nocedal & Wright 2006, algorithm 7.5). The functions are convex, so each pair has a
 * positive curvature.
 *
 * @param tolerance Ends where the gradient is this much smaller than at zero.
 */
export async function lbfgs(
  f: Convex,
  start: Float64Array,
  { maxIterations, isStopped, tolerance }: Ending & { readonly tolerance: number },
): Promise<Minimized> {
  let x = start;
  let at = await f(x, 'gradient');
  const { gradient: first } = x.every((value) => value === 0) ? at : await f(new Float64Array(x.length), 'gradient');
  const goal = tolerance * Math.sqrt(dot(first, first));
  const pairs: { s: Float64Array; y: Float64Array; curvature: number }[] = [];
  for (let iteration = 0; iteration < maxIterations; ++iteration) {
    if (Math.sqrt(dot(at.gradient, at.gradient)) <= goal)
      return { x, loss: at.loss, iterations: iteration, converged: true };
    if (await isStopped?.()) return { x, loss: at.loss, iterations: iteration, converged: false };
    const direction = twoLoops(at.gradient, pairs);
    const next = await stepAlong(f, x, at.loss, direction, dot(at.gradient, direction), 'gradient');
    if (!next) return { x, loss: at.loss, iterations: iteration, converged: true }; // rounding errors leave no step
    const s = next.x.map((value, i) => value - x[i]!);
    const y = next.gradient.map((value, i) => value - at.gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 0) pairs.push({ s, y, curvature });
    if (pairs.length > memory) pairs.shift();
    [x, at] = [next.x, next];
  }
  return { x, loss: at.loss, iterations: maxIterations, converged: false };
}

function twoLoops(
  gradient: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; curvature: number }[],
): Float64Array {
  const direction = gradient.map((g) => -g);
  const last = pairs.at(-1);
  if (!last) {
    const length = Math.sqrt(dot(gradient, gradient));
    return direction.map((d) => d / Math.max(1, length));
  }
  const add = (factor: number, vector: Float64Array) => {
    for (let i = 0; i < direction.length; ++i) direction[i]! += factor * vector[i]!;
  };
  const factors = pairs.map(() => 0);
  for (let k = pairs.length - 1; k >= 0; --k) {
    const { s, y, curvature } = pairs[k]!;
    factors[k] = dot(s, direction) / curvature;
    add(-factors[k]!, y);
  }
  const scale = last.curvature / dot(last.y, last.y);
  for (let i = 0; i < direction.length; ++i) direction[i]! *= scale;
  for (const [k, { s, y, curvature }] of pairs.entries()) add(factors[k]! - dot(y, direction) / curvature, s);
  return direction;
}
