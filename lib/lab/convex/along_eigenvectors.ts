import type { ConvexProblem } from '../problems/quadratic.js';

/** The eigenvalues of a quadratic with eigenvectors along the axes, in their order. */
export function eigenvaluesOf({ start, hessianVectorProduct }: ConvexProblem): Float64Array {
  const theta = Float64Array.from(start);
  return Float64Array.from(hessianVectorProduct!(theta, theta), (product, i) => product / theta[i]!);
}

/**
 * R(θ(t)) for t = 0, 1, … on a quadratic with eigenvectors along the axes and its minimum at 0, where the coordinates are
 * independent: θᵢ(k) = (1 − ηλᵢ)(θᵢ(k−1) + β(k)(θᵢ(k−1) − θᵢ(k−2))) at step k.
 */
export function* alongEigenvectors(
  problem: ConvexProblem,
  learningRate: number,
  momentum: (step: number) => number,
): Generator<number> {
  const eigenvalues = eigenvaluesOf(problem);
  const theta = Float64Array.from(problem.start);
  const previous = theta.slice();
  for (let step = 1; ; ++step) {
    yield theta.reduce((sum, x, i) => sum + (eigenvalues[i]! / 2) * x * x, 0);
    const beta = momentum(step);
    for (let i = 0; i < theta.length; ++i) {
      const now = theta[i]!;
      theta[i] = (1 - learningRate * eigenvalues[i]!) * (now + beta * (now - previous[i]!));
      previous[i] = now;
    }
  }
}

/** The largest |a − b| / b of two series. Numbers far below 2⁻¹⁰⁰⁰, which may be denormal, count as equal. */
export const relativeDeviation = (measured: readonly number[], predicted: Iterable<number>): number => {
  let most = 0;
  let t = 0;
  for (const exact of predicted) {
    if (t === measured.length) break;
    most = Math.max(most, Math.abs(measured[t]! - exact) / (exact + 2 ** -1000));
    ++t;
  }
  return most;
};
