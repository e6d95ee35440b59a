import { addon } from '../addon/index.js';
import { errorWith } from '../errors.js';
import type { Evaluation } from './design.js';

/** A convex function of some numbers. */
export type Convex = (x: Float64Array, derivatives: 'gradient' | 'hessian') => Promise<Evaluation>;

/** When an iteration ends. */
export interface Ending {
  readonly maxIterations: number;
  /** A loss at which the iterations end, although it is not the least one. Default 0. */
  readonly leastLoss?: number | undefined;
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

/** Adds a multiple of a vector to another one. */
function add(sum: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < sum.length; ++i) sum[i]! += factor * vector[i]!;
}

/** x + factor · vector */
function sumOf(x: Float64Array, factor: number, vector: Float64Array): Float64Array {
  const sum = x.slice();
  add(sum, factor, vector);
  return sum;
}

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
    const next = sumOf(x, step, direction);
    const at = await f(next, derivatives);
    if (at.loss <= loss + 1e-4 * step * slope + rounding * Math.abs(loss)) return { ...at, x: next };
  }
  return undefined;
}

/** The half squared Newton decrement, relative to the loss, below which one more step is exact to rounding errors. */
const smallDecrement = 1e-11;

/**
 * Newton's method with halved steps (Boyd & Vandenberghe 2004, algorithm 9.5).
 *
 * @param decrement The half squared Newton decrement, relative to the loss, below which a step is the last one.
 */
export async function newton(
  f: Convex,
  start: Float64Array,
  { maxIterations, leastLoss = 0, isStopped }: Ending,
  decrement = smallDecrement,
): Promise<Minimized> {
  let x = start;
  let at = await f(x, 'hessian');
  for (let iteration = 0; iteration < maxIterations; ++iteration) {
    if (at.loss < leastLoss || (await isStopped?.()))
      return { x, loss: at.loss, iterations: iteration, converged: false };
    const direction = (await Curvature.of(at)).stepFor(at.gradient);
    const slope = dot(at.gradient, direction);
    const isLast = -slope / 2 <= decrement * Math.abs(at.loss);
    const next = await stepAlong(f, x, at.loss, direction, slope, isLast ? 'gradient' : 'hessian');
    if (!next) return { x, loss: at.loss, iterations: iteration, converged: isLast };
    if (isLast) return { x: next.x, loss: next.loss, iterations: iteration + 1, converged: true };
    [x, at] = [next.x, next];
  }
  return { x, loss: at.loss, iterations: maxIterations, converged: false };
}

/** The largest multiple of its diagonal that is added to a Hessian. */
const mostDamping = 1;

/** A Hessian, factored. Where it is singular in floating point, a multiple of its diagonal is added. */
export class Curvature {
  readonly #factor: Float64Array; // RᵀR is the Hessian
  readonly #size: number;

  private constructor(factor: Float64Array, size: number) {
    this.#factor = factor;
    this.#size = size;
  }

  /** @throws GlissadeError `ERR_NON_FINITE` for a Hessian or a gradient that is not finite. */
  static async of({ gradient, hessian }: Evaluation): Promise<Curvature> {
    const size = gradient.length;
    let matrix = hessian;
    let most = 0;
    for (let i = 0; i < size; ++i) most = Math.max(most, hessian[i * size + i]!);
    for (let damping = 1e-14; damping < mostDamping; damping *= 100) {
      const factor = await addon.definiteFactor(matrix, size);
      if (factor.length > 0 || size === 0) {
        const curvature = new Curvature(factor, size);
        if (curvature.stepFor(gradient).every(Number.isFinite)) return curvature;
      }
      matrix = hessian.slice();
      for (let i = 0; i < size; ++i)
        matrix[i * size + i]! += damping * (matrix[i * size + i]! > 0 ? matrix[i * size + i]! : most || 1);
    }
    throw errorWith('ERR_NON_FINITE', 'the loss of a linear model has derivatives that are not finite');
  }

  /** The step to the minimum of a quadratic function with this Hessian. */
  stepFor(gradient: Float64Array): Float64Array {
    const r = this.#factor;
    const size = this.#size;
    const x = gradient.map((g) => -g);
    for (let i = 0; i < size; ++i) {
      x[i]! /= r[i * size + i]!;
      for (let j = i + 1; j < size; ++j) x[j]! -= r[i * size + j]! * x[i]!;
    }
    for (let i = size - 1; i >= 0; --i) {
      for (let j = i + 1; j < size; ++j) x[i]! -= r[i * size + j]! * x[j]!;
      x[i]! /= r[i * size + i]!;
    }
    return x;
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
  { tolerance, ...ending }: Ending & { readonly tolerance: number },
): Promise<Minimized> {
  const at = await f(start, 'gradient');
  const { gradient: first } = start.every((value) => value === 0)
    ? at
    : await f(new Float64Array(start.length), 'gradient');
  const goal = tolerance * Math.sqrt(dot(first, first));
  const isSmall = ({ gradient }: Evaluation) => Math.sqrt(dot(gradient, gradient)) <= goal;
  return quasiNewton(f, start, at, ending, isSmall, (direction, pairs) => {
    const last = pairs.at(-1);
    const scale = last
      ? last.curvature / dot(last.y, last.y)
      : 1 / Math.max(1, Math.sqrt(dot(at.gradient, at.gradient)));
    return direction.map((d) => scale * d);
  });
}

/** The same relative to the loss at which steps by the Hessian of a near point end: the square of what rounding errors leave. */
const leastDecrement = 1e-20;

/** L-BFGS from a point near the minimum, with the Hessian of that point for the curvature that pairs don't tell. */
export async function lbfgsFrom(f: Convex, start: Float64Array, ending: Ending): Promise<Minimized> {
  const at = await f(start, 'hessian');
  const curvature = await Curvature.of(at);
  const isSmall = ({ loss, gradient }: Evaluation) =>
    -dot(gradient, curvature.stepFor(gradient)) / 2 <= leastDecrement * Math.abs(loss);
  return quasiNewton(f, start, at, ending, isSmall, (direction) => curvature.stepFor(direction.map((d) => -d)));
}

/** A step, and the change of the gradient. */
interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly curvature: number;
}

/** @param scaled A multiple of a direction by an approximation of the inverse Hessian. */
async function quasiNewton(
  f: Convex,
  start: Float64Array,
  first: Evaluation,
  { maxIterations, leastLoss = 0, isStopped }: Ending,
  isSmall: (at: Evaluation) => boolean,
  scaled: (direction: Float64Array, pairs: readonly Pair[]) => Float64Array,
): Promise<Minimized> {
  let [x, at] = [start, first];
  const pairs: Pair[] = [];
  for (let iteration = 0; iteration < maxIterations; ++iteration) {
    if (isSmall(at)) return { x, loss: at.loss, iterations: iteration, converged: true };
    if (at.loss < leastLoss || (await isStopped?.()))
      return { x, loss: at.loss, iterations: iteration, converged: false };
    const direction = twoLoops(at.gradient, pairs, scaled);
    const slope = dot(at.gradient, direction);
    const next = await stepAlong(f, x, at.loss, direction, slope, 'gradient');
    if (!next) {
      // Rounding errors leave no step.
      const converged = -slope / 2 <= smallDecrement * Math.abs(at.loss);
      return { x, loss: at.loss, iterations: iteration, converged };
    }
    const s = sumOf(next.x, -1, x);
    const y = sumOf(next.gradient, -1, at.gradient);
    const curvature = dot(s, y);
    if (curvature > 0) pairs.push({ s, y, curvature });
    if (pairs.length > memory) pairs.shift();
    [x, at] = [next.x, next];
  }
  return { x, loss: at.loss, iterations: maxIterations, converged: false };
}

function twoLoops(
  gradient: Float64Array,
  pairs: readonly Pair[],
  scaled: (direction: Float64Array, pairs: readonly Pair[]) => Float64Array,
): Float64Array {
  let direction: Float64Array = gradient.map((g) => -g);
  const factors = pairs.map(() => 0);
  for (let k = pairs.length - 1; k >= 0; --k) {
    const { s, y, curvature } = pairs[k]!;
    factors[k] = dot(s, direction) / curvature;
    add(direction, -factors[k]!, y);
  }
  direction = scaled(direction, pairs);
  for (const [k, { s, y, curvature }] of pairs.entries())
    add(direction, factors[k]! - dot(y, direction) / curvature, s);
  return direction;
}
