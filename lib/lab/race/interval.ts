import { mean } from '../spread.js';

/** 0.975 quantiles of Student's t with 1, 2, … degrees of freedom, for up to ten networks. */
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/** A mean, and its 95 % confidence interval. */
export interface IntervalEstimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The estimate from at most ten normal values. Both bounds of a single value are the value. Infinite if a value is. */
export function estimate(values: readonly number[]): IntervalEstimate {
  const centre = mean(values);
  if (values.length < 2 || !Number.isFinite(centre)) return { mean: centre, low: centre, high: centre };
  const variance = values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1);
  const half = quantiles[values.length - 2]! * Math.sqrt(variance / values.length);
  return { mean: centre, low: centre - half, high: centre + half };
}

/** The estimate from positive values with normal logarithms: the geometric mean. */
export function logEstimate(values: readonly number[]): IntervalEstimate {
  const { mean: centre, low, high } = estimate(values.map(Math.log));
  return { mean: Math.exp(centre), low: Math.exp(low), high: Math.exp(high) };
}
