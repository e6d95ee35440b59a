import type { ConvexProblem } from './quadratic.js';

/**
 * The function on which N steps of gradient descent with η = h/L descend least from θ(0) = 1: ½θ² for |θ| ≤ τ and
 * τ|θ| − ½τ² beyond, with τ = 1/(2hN + 1). All steps stay on the linear slope, and R(θ(N)) is exactly 1/(4hN + 2)
 * (Drori & Teboulle 2014, https://arxiv.org/abs/1206.3209).
 */
export function slowest(steps: number, stepFactor: number): ConvexProblem {
  const turn = 1 / (2 * stepFactor * steps + 1);
  return {
    name: 'Slowest',
    start: [1],
    minima: [Float64Array.of(0)],
    least: 0,
    smoothness: 1,
    strongConvexity: 0,
    objective([theta], gradient) {
      const slope = Math.max(-turn, Math.min(turn, theta!));
      gradient[0] = slope;
      return slope * (theta! - slope / 2);
    },
  };
}
