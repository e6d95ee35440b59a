import type { ClassTarget } from '../target.js';

/**
 * Turns probabilities that a network learnt from weighted classes into those of the rows as they are, in place: each is divided
 * by the weight of its class, and those of a row by their sum (Elkan 2001, The foundations of cost-sensitive learning, theorem 2).
 */
export function correctProbabilities({ weights, classes }: ClassTarget, probabilities: Float64Array): void {
  if (!weights) return;
  const width = classes.length;
  for (let at = 0; at < probabilities.length; at += width) {
    let sum = 0;
    for (let j = 0; j < width; ++j) sum += probabilities[at + j]! /= weights[j]!;
    for (let j = 0; j < width; ++j) probabilities[at + j]! /= sum;
  }
}
