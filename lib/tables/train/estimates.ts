import { type Sampling, sumOf } from '../sampling.js';

/**
 * A score with its 95 % interval, which reaches from −Infinity to Infinity, or to the bounds of the score, if a single row or group
 * says nothing about the others. JSON has null for infinite ends.
 */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The mean with a 95 % interval by Student's t, for independent rows or for rows of independent groups (Cameron & Miller 2015,
 * A practitioner's guide to cluster-robust inference, section II). With weights, the degrees of freedom are those of as many
 * equal weights as are worth the same (Kish 1965, Survey Sampling, section 11.7).
 */
export function meanOf(values: Float64Array, sampling: Sampling = {}): Estimate {
  const { mean, influences } = weightedMean(values, sampling);
  const { error, count } = spreadOf(influences, sampling);
  const reach = count > 1 ? studentQuantile(count - 1) * error : Number.POSITIVE_INFINITY;
  return { value: mean, low: mean - reach, high: mean + reach };
}

/** The mean, and how much each row moves it. */
function weightedMean(values: Float64Array, { weights }: Sampling) {
  const total = weights ? sumOf(weights) : values.length;
  const mean = (weights ? values.reduce((sum, x, row) => sum + weights[row]! * x, 0) : sumOf(values)) / total;
  return { mean, influences: values.map((x, row) => ((weights ? weights[row]! : 1) * (x - mean)) / total) };
}

/** How many equal weights are worth as much as these: (Σw)²/Σw², rounded. */
export const effectiveCount = (weights: Float64Array): number =>
  Math.max(1, Math.round(sumOf(weights) ** 2 / weights.reduce((sum, w) => sum + w * w, 0)));

/**
 * The standard error of a score, and the number of independent rows or groups.
 *
 * @param influences The influence of each row: its weight times the derivative of the score by it (the infinitesimal jackknife,
 *   Efron 1982, The jackknife, the bootstrap and other resampling plans, section 6).
 */
function spreadOf(influences: Float64Array, { groups, weights }: Sampling): { error: number; count: number } {
  const sums = groups ? sumsByGroup(influences, groups) : influences;
  const ofGroups = weights && groups ? sumsByGroup(weights, groups) : weights;
  const count = ofGroups ? effectiveCount(ofGroups) : sums.length;
  const squares = sums.reduce((sum, x) => sum + x * x, 0);
  return { error: Math.sqrt((squares * count) / Math.max(1, count - 1)), count };
}

function sumsByGroup(values: Float64Array, groups: Float64Array): Float64Array {
  const sums = new Map<number, number>();
  for (const [row, group] of groups.entries()) sums.set(group, (sums.get(group) ?? 0) + values[row]!);
  return Float64Array.from(sums.values());
}

/** A share of rows with Wilson's interval, which stays within 0 and 1. */
export function shareOf(hits: Float64Array, sampling: Sampling): Estimate {
  const { weights } = sampling;
  const { mean, influences } = weightedMean(hits, sampling);
  const rows = weights ? effectiveCount(weights) : hits.length;
  return sampling.groups ? fractionOf(mean, influences, sampling, rows) : wilson(mean, rows, 1.96);
}

/**
 * A score between 0 and 1 with Wilson's interval, for as many independent rows as would make a share as uncertain.
 *
 * @param influences How much each row moves the score.
 * @param decisive How many rows decide the score, such as those of the rarer class. They give the degrees of freedom, and the
 *   interval of a score that no row moves, such as 1.
 */
export function fractionOf(value: number, influences: Float64Array, sampling: Sampling, decisive: number): Estimate {
  const { weights } = sampling;
  const { error, count } = spreadOf(influences, sampling);
  const independent = Math.min(count, decisive);
  const most = weights ? effectiveCount(weights) : influences.length;
  const rows = error > 1e-9 ? Math.min((value * (1 - value)) / error ** 2, most) : independent;
  return wilson(value, rows, studentQuantile(Math.max(1, Math.round(independent) - 1)));
}

function wilson(p: number, n: number, z: number): Estimate {
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const reach = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  // The ends at 0 and 1 are exact; sums of rounded numbers would miss them.
  return { value: p, low: p === 0 ? 0 : Math.max(0, centre - reach), high: p === 1 ? 1 : Math.min(1, centre + reach) };
}

/** 0.975 quantiles of Student's t with 1, 2, … 19 degrees of freedom. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093,
];

/** The 0.975 quantile of Student's t; from 20 degrees of freedom on, by the expansion of Cornish & Fisher. */
export function studentQuantile(freedom: number): number {
  const z = 1.959964;
  return (
    quantiles[freedom - 1] ??
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom * freedom)
  );
}

/** A monotone function of an estimate. */
export function mapped({ value, low, high }: Estimate, f: (x: number) => number): Estimate {
  const [a, b] = [f(low), f(high)];
  return { value: f(value), low: Math.min(a, b), high: Math.max(a, b) };
}
