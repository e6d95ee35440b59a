import { polyak } from '../../optimizers/average.js';
import { Optimizer } from '../../optimizers/optimizer.js';
import { sgd } from '../../optimizers/sgd.js';
import type { Random } from '../../random.js';
import { inverseTime } from '../../schedules/inverse_time.js';
import type { Progress } from '../experiment.js';

/**
 * The hardest convex problem for T steps: to tell the median of a coin that shows x = 1 a little more often than x = −1.
 *
 *     R(θ) = E|θ − x|,  P(x = 1) = ½(1 + δ),  δ = 1/(2√T),  θ* = 1
 *
 * R is convex, and no gradient that is seen is longer than 1; but T tosses hardly tell the coin from the opposite one.
 */
export interface BiasedCoin {
  /** δ. */
  readonly bias: number;
  readonly steps: number;
}

export const hardestCoin = (steps: number): BiasedCoin => ({ bias: 1 / (2 * Math.sqrt(steps)), steps });

/** R(θ) − R*. Beyond ±1 the slope is 1. */
export function excess({ bias }: BiasedCoin, theta: number): number {
  const inside = Math.max(-1, Math.min(theta, 1));
  return bias * (1 - inside) + Math.abs(theta - inside);
}

/** R(θ̄) − R* for each seed of SGD from 0 on, η = C/√t, where θ̄ is the mean of all iterates. */
export async function averagedExcess(
  coin: BiasedCoin,
  { scale, seeds, random }: { scale: number; seeds: number; random: Random },
  progress: Progress,
): Promise<Float64Array> {
  const theta = new Float64Array(seeds);
  const gradient = new Float64Array(seeds);
  const learningRate = inverseTime({ from: scale, alpha: 0.5, allowDivergent: true });
  const optimizer = new Optimizer([theta], sgd({ learningRate }), { average: polyak() });
  const { sign } = Math;
  for (let t = 1; t <= coin.steps; ++t) {
    for (let i = 0; i < seeds; ++i) {
      const x = random.uniform() < (1 + coin.bias) / 2 ? 1 : -1;
      gradient[i] = sign(theta[i]! - x);
    }
    optimizer.step([gradient]);
    if (t % 2000 === 0) await progress(t / coin.steps);
  }
  return Float64Array.from(optimizer.averaged()[0]!, (average) => excess(coin, average));
}

/**
 * What no method does better than on both coins ±δ, on average over what it sees: R − R* ≥ δ(1 − √T·δ) = 1/(4√T). For it decides by T tosses, whose
 * distributions differ by at most √(T·KL/2) ≤ √T·δ·(1 + O(δ²)) in total variation (Le Cam 1973; Pinsker; Agarwal et al. 2012, theorem 1).
 */
export const lowerBound = (steps: number): number => 1 / (4 * Math.sqrt(steps));

/**
 * What SGD with η = C/√t and averaging is sure of: R − R* ≤ (D²/2C + C)/√T where gradients are at most 1 long and iterates at most D = 2 + C from θ*
 * (Zinkevich 2003, theorem 1; Nemirovski, Juditsky, Lan & Shapiro 2009, section 2.2).
 */
export const upperBound = (scale: number, steps: number): number =>
  ((2 + scale) ** 2 / (2 * scale) + scale) / Math.sqrt(steps);
