import type { FloatArray } from '../../addon/index.js';
import { quantile } from '../../losses/quantile.js';
import { sortedBy, weightedQuantile } from '../quantiles.js';
import { type NumberTarget, numberOf } from '../target.js';
import type { Head } from './head.js';

/**
 * Quantiles of a number. Those of a row are sorted, which is never worse (Chernozhukov, Fernández-Val & Galichon 2010, Quantile and
 * probability curves without crossing, proposition 4).
 */
export function quantilesHead(target: NumberTarget, levels: readonly number[]): Head {
  const width = levels.length;
  const read = (outputs: FloatArray): Float64Array => {
    const readings = Float64Array.from(outputs, (z) => numberOf(target, z));
    for (let at = 0; at < readings.length; at += width) readings.subarray(at, at + width).sort();
    return readings;
  };
  return {
    outputs: width,
    loss: quantile({ quantile: levels }),
    width,
    truthOf: (z) => numberOf(target, z),
    read,
    constant(truths, weights) {
      const sorted = sortedBy(truths, weights);
      return Float64Array.from(levels, (level) => weightedQuantile(sorted, level));
    },
    losses: (readings, truths) =>
      truths.map((truth, row) =>
        levels.reduce((sum, level, i) => sum + pinballLoss(level, readings[row * width + i]!, truth) / width, 0),
      ),
    predictions: (outputs) => quantilesOfRows(levels, read(outputs)),
  };
}

/** The quantiles of each row by their levels. */
export function quantilesOfRows(levels: readonly number[], readings: Float64Array): Record<string, number>[] {
  const names = levels.map(String);
  return Array.from({ length: readings.length / names.length }, (_, row) =>
    Object.fromEntries(names.map((name, i) => [name, readings[row * names.length + i]!])),
  );
}

/** The loss of a quantile (Koenker & Bassett 1978). */
export const pinballLoss = (level: number, prediction: number, truth: number): number =>
  prediction < truth ? level * (truth - prediction) : (1 - level) * (prediction - truth);
