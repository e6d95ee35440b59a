import { type Dataset, type Network, Random } from '../../index.js';
import type { Point } from '../../pages/index.js';
import { mean } from '../spread.js';
import { distance, dot, norm } from '../vectors.js';
import type { Task, TunedCost } from './cost_to_target.js';
import { digitTrainer, loss, show } from './digit_classifier.js';

/** A law of the number of examples E for batches of k: E(k) = E₀ · growth(k/k*). */
export interface Fit {
  /** k*. */
  readonly critical: number;
  /** E₀. */
  readonly least: number;
  /** Root mean square of ln(measured/law). */
  readonly deviation: number;
}

/**
 * 1 + k/k*, from the trade-off (S/S₀ − 1)(E/E₀ − 1) = 1 of steps S and examples E = kS (McCandlish, Kaplan & Amodei
 * 2018, arXiv:1812.06162, equation 2.11).
 */
export const tradeOff = (share: number): number => 1 + share;

/** Fits a law to the numbers of examples by least squares of logarithms. NaN if one of them is infinite. */
export function fittedLaw(examples: readonly Point[], growth: (share: number) => number): Fit {
  let best: Fit = { critical: NaN, least: NaN, deviation: Infinity };
  for (let power = -8; power <= 16; power += 1 / 16) {
    const critical = 2 ** power;
    const logs = examples.map(([k, count]) => Math.log(count / growth(k / critical)));
    const centre = mean(logs);
    const deviation = Math.sqrt(mean(logs.map((value) => (value - centre) ** 2)));
    if (deviation < best.deviation) best = { critical, least: Math.exp(centre), deviation };
  }
  return best;
}

/** The noise scale of minibatches from tr Σ, the variance of the gradient of one example, and ‖g‖. */
export type NoiseScale = (variance: number, norm: number) => number;

/** tr Σ/‖g‖². */
export const noiseScale: NoiseScale = (variance, norm) => variance / norm ** 2;

/** The noise scale over a dataset, and the loss there. */
export function measuredScale(model: Network, data: Dataset, scale: NoiseScale): { loss: number; scale: number } {
  const { loss: value, total, gradient } = model.gradientVariance(data, { loss });
  return { loss: value, scale: scale(total, norm(gradient)) };
}

/** E‖gᵢ − g‖²/‖g‖², where each gᵢ is the gradient of a dataset with a single row. */
export function plainScale(model: Network, data: Dataset): number {
  const g = model.gradient(data, { loss }).gradient;
  const squares = Array.from({ length: data.rows }, (_, i) => {
    using one = data.select([i]);
    return distance(model.gradient(one, { loss }).gradient, g) ** 2;
  });
  return mean(squares) / dot(g, g);
}

/**
 * The training loss and the noise scale of the gradient of one example, at about 20 places of each run until the target.
 */
export async function noiseScales(
  { data, hidden, target, seeds }: Task,
  { batchSize, learningRate, examples }: TunedCost,
  scale: NoiseScale,
  progress: (share: number) => Promise<void>,
): Promise<Point[]> {
  const found: Point[] = [];
  const places = 20;
  if (!Number.isFinite(examples)) return found;
  const count = batchSize * Math.max(1, Math.round(examples / batchSize / places));
  for (const [i, seed] of seeds.entries()) {
    const random = new Random(seed);
    const trainer = digitTrainer(hidden, learningRate, seed);
    const order: number[] = [];
    for (let place = 0; place < 2 * places; ++place) {
      const now = measuredScale(trainer.model, data, scale);
      if (now.loss <= target) break;
      found.push([now.loss, now.scale]);
      while (order.length < count) order.push(...random.permutation(data.rows));
      await show(trainer, data, Uint32Array.from(order.splice(0, count)), batchSize);
      await progress((i + place / (2 * places)) / seeds.length);
    }
    trainer.dispose();
  }
  return found;
}
