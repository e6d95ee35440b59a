import type { FloatArray } from '../addon/index.js';
import { add, dot, plus, scaled } from '../numbers/vectors.js';
import type { LineSearch } from '../optimizers/line_search.js';
import type { Point } from './evaluation.js';
import { cautious, rayFrom, searches } from './line_search.js';
import type { MethodStart, Steps } from './method.js';

/** The curvature that a step measures: s = θ_{t+1} − θ_t, y = ∇R(θ_{t+1}) − ∇R(θ_t). */
export interface Pair {
  readonly s: FloatArray;
  readonly y: FloatArray;
  /** 1/yᵀs. */
  readonly rho: number;
}

/** sᵀy/yᵀy below this is rounding. */
const leastCurvature = 2 ** -52;

/** Steps along −H∇R(θ), with H from the last pairs. */
export function* lbfgsSteps({ evaluator, start, method }: MethodStart): Steps {
  const { history, lineSearch } = method as unknown as { history: number; lineSearch: LineSearch };
  const search = (from: Point, direction: FloatArray, first: number) =>
    searches[lineSearch](rayFrom(evaluator, from, direction), first, method);
  const pairs: Pair[] = [];
  for (let at = start; ; ) {
    let found = pairs.length > 0 ? search(at, descentDirection(at.gradient, pairs), 1) : undefined;
    if (!found) {
      pairs.length = 0;
      found = search(at, scaled(-1, at.gradient), cautious(at));
    }
    if (!found) return 'lineSearchFailed';
    const pair = pairOf(at, found);
    if (pair && pairs.push(pair) > history) pairs.shift();
    at = found;
    yield at;
  }
}

function pairOf(from: Point, to: Point): Pair | undefined {
  const s = plus(to.theta, -1, from.theta);
  const y = plus(to.gradient, -1, from.gradient);
  const curvature = dot(s, y);
  return curvature > leastCurvature * dot(y, y) ? { s, y, rho: 1 / curvature } : undefined;
}

/** −H∇R, with H from the pairs, oldest first (Nocedal & Wright 2006, algorithm 7.4). Needs at least one pair. */
export function descentDirection(gradient: FloatArray, pairs: readonly Pair[]): FloatArray {
  const q = scaled(-1, gradient);
  const alphas: number[] = [];
  for (const { s, y, rho } of pairs.toReversed()) {
    const alpha = rho * dot(s, q);
    alphas.unshift(alpha);
    add(q, -alpha, y);
  }
  const { rho, y } = pairs.at(-1)!;
  const r = scaled(1 / (rho * dot(y, y)), q);
  for (const [i, { s, y, rho }] of pairs.entries()) add(r, alphas[i]! - rho * dot(y, r), s);
  return r;
}
