import type { Random } from '../../index.js';
import { type ConvexProblem, quadratic } from '../problems/quadratic.js';

/**
 * A quadratic with L = 1 and μ = 1/κ, whose eigenvalues are evenly spaced in their logarithms. All eigenvalues
 * contribute equally to R at the start, in expectation. Otherwise small ones would hardly count, and κ would not
 * determine the number of steps.
 */
export function conditioned(conditionNumber: number, dimensions: number, random: Random): ConvexProblem {
  const eigenvalues = Float64Array.from({ length: dimensions }, (_, i) => conditionNumber ** (-i / (dimensions - 1)));
  return quadratic(eigenvalues, { start: eigenvalues.map((lambda) => random.normal() / Math.sqrt(lambda)) });
}
