import { type CriticalPoint, curvature, lbfgs, minimize, type Problem } from '../../index.js';
import { distance, dot } from '../vectors.js';

/** A problem with Hessian-vector products. */
export interface SmoothProblem extends Problem {
  readonly hessianVectorProduct: NonNullable<Problem['hessianVectorProduct']>;
}

/** A point, and the kind of critical point that it is. */
export interface Place {
  readonly theta: Float64Array;
  readonly loss: number;
  readonly kind: CriticalPoint['kind'];
  /** Fraction of the eigenvalues that are negative. */
  readonly index: number;
}

/** @throws The errors of `curvature`. */
export function placeAt(problem: SmoothProblem, theta: ArrayLike<number>): Place {
  const { loss, dimension, criticalPoint } = curvature(problem, theta, { gradientTolerance: 1e-5 });
  const { kind, negativeDirections } = criticalPoint!;
  return { theta: Float64Array.from(theta), loss, kind, index: negativeDirections / dimension };
}

/** ½‖∇f‖², whose gradient is Hg. It is 0 at critical points of any kind, and positive elsewhere. */
export function squaredSlope({ name, start, objective, hessianVectorProduct }: SmoothProblem): Problem {
  return {
    name: `Slope of ${name}`,
    start,
    least: 0,
    objective(theta, gradient) {
      const written = new Float64Array(theta.length);
      const result = objective(theta, written);
      const g = typeof result === 'number' ? written : Float64Array.from(result.gradient);
      gradient.set(hessianVectorProduct(theta, g));
      return dot(g, g) / 2;
    },
  };
}

/** Options of the search for critical points. */
export const onSlope = { rule: lbfgs(), maxSteps: 500, tolerance: 1e-10, onNonFinite: 'stop' } as const;

/**
 * The distinct critical points at which descent ends. Ends that are not critical, such as where Hg = 0 but g ≠ 0, are
 * omitted.
 *
 * @param descended The function to minimize. Default: {@link squaredSlope}.
 */
export function criticalPoints(
  problem: SmoothProblem,
  starts: readonly Float64Array[],
  descended: (problem: SmoothProblem) => Problem = squaredSlope,
): Place[] {
  const slope = descended(problem);
  const found: Place[] = [];
  for (const start of starts) {
    const { theta } = minimize(slope, { start, ...onSlope });
    const place = placeAt(problem, theta);
    if (place.kind !== 'none' && found.every((other) => distance(other.theta, theta) > 1e-3)) found.push(place);
  }
  return found;
}
