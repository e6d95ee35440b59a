import { sumOf } from '../sampling.js';

/** A penalty whose errors are 10 % larger than the least ones counts 1/e. */
const preference = 10;

/** Smaller weights are 0. */
const leastWeight = 0.01;

/**
 * What each penalty counts in the linear model, the same for all bands of steps: one band has too few rows to choose well. A mean
 * over penalties depends less on chance than the best of them.
 *
 * @param losses For each band, the sum of the errors with each penalty, from the strongest to the weakest.
 * @returns Weights that sum to 1.
 */
export function penaltyWeights(losses: readonly Float64Array[]): readonly number[] {
  const sums = [...losses[0]!].map((_, i) => sumOf(losses.map((ofBand) => ofBand[i]!)));
  const least = Math.min(...sums);
  if (least === 0) return sums.map((_, i) => (i === sums.indexOf(0) ? 1 : 0));
  const weights = sums.map((sum) => Math.exp(-preference * (sum / least - 1)));
  const kept = weights.map((x) => (x < leastWeight * sumOf(weights) ? 0 : x));
  return kept.map((x) => x / sumOf(kept));
}
