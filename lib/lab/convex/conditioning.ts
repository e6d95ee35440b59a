import type { Random } from '../../numbers/random.js';
import { type ConvexProblem, quadratic } from '../problems/quadratic.js';

/**
 * A quadratic with L = 1 and μ = 1/κ whose eigenvalues lie evenly in their logarithms. It begins where each of them has, but for chance,
 * the same share in R: otherwise a small one would hardly count, and κ would not tell how long it takes.
 */
export function conditioned(conditionNumber: number, dimensions: number, random: Random): ConvexProblem {
  const eigenvalues = Float64Array.from({ length: dimensions }, (_, i) => conditionNumber ** (-i / (dimensions - 1)));
  return quadratic(eigenvalues, { start: eigenvalues.map((lambda) => random.normal() / Math.sqrt(lambda)) });
}
