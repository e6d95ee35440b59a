import { Random } from '../../numbers/random.js';
import { dot } from '../../numbers/vectors.js';
import type { Point } from '../../pages/figure.js';
import { mean } from '../spread.js';
import type { Task, TunedCost } from './cost_to_target.js';
import { digitTrainer, loss, show } from './digit_classifier.js';

/** A law of the examples E that batches of k take: E(k) = E₀ · growth(k/k*). */
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

/** Fits a law to the examples of each batch size k, by least squares of logarithms. NaN if some k took infinitely many. */
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

/**
 * The noise scale tr Σ/‖g‖² of the gradient of one example, at about 20 places of each run on its way to the target,
 * with the training loss there.
 */
export async function noiseScales(
  { data, hidden, target, seeds }: Task,
  { batchSize, learningRate, examples }: TunedCost,
  scale: (variance: number, squaredNorm: number) => number,
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
      const now = trainer.model.gradientVariance(data, { loss });
      if (now.loss <= target) break;
      const squaredNorm = dot(now.gradient, now.gradient);
      found.push([now.loss, scale(now.total, squaredNorm)]);
      while (order.length < count) order.push(...random.permutation(data.rows));
      await show(trainer, data, Uint32Array.from(order.splice(0, count)), batchSize);
      await progress((i + place / (2 * places)) / seeds.length);
    }
    trainer.dispose();
  }
  return found;
}
