import { Optimizer, polyak, type Random, type Schedule, sgd } from '../../index.js';
import type { Trial } from '../trial.js';

/**
 * A convex problem: finding the median of a coin that shows x = 1 more often than x = −1.
 *
 *     R(θ) = E|θ − x|,  P(x = 1) = ½(1 + δ),  θ* = 1
 *
 * The gradient of a toss has a magnitude of at most 1.
 */
export interface BiasedCoin {
  /** δ. */
  readonly bias: number;
  readonly steps: number;
}

/** The hardest coin for T steps, δ = 1/(2√T): T tosses hardly distinguish it from the opposite one, −δ. */
export const hardestCoin = (steps: number): BiasedCoin => ({ bias: 1 / (2 * Math.sqrt(steps)), steps });

/** R(θ) − R*. Beyond ±1 the slope is 1. */
export function excess({ bias }: BiasedCoin, theta: number): number {
  const inside = Math.max(-1, Math.min(theta, 1));
  return bias * (1 - inside) + Math.abs(theta - inside);
}

interface Options {
  readonly learningRate: Schedule;
  readonly seeds: number;
  readonly random: Random;
  /** Receives the parameters after each step t, in the order of the result, and their mean so far on demand. */
  readonly record?: (t: number, theta: Float64Array, average: () => Float64Array) => void;
}

/**
 * SGD from θ = 0. Each seed tosses the coin and, with the same random numbers, the opposite one with bias −δ and θ* = −1.
 *
 * @returns The mean of all iterates, θ̄, of each seed on the coin, then of each seed on the opposite one.
 */
export async function descend(
  coin: BiasedCoin,
  { learningRate, seeds, random, record }: Options,
  trial: Trial,
): Promise<Float64Array> {
  const theta = new Float64Array(2 * seeds);
  const gradient = new Float64Array(2 * seeds);
  const optimizer = new Optimizer([theta], sgd({ learningRate }), { average: polyak() });
  const { sign } = Math;
  const average = () => optimizer.averaged()[0] as Float64Array;
  for (let t = 1; t <= coin.steps; ++t) {
    for (let i = 0; i < seeds; ++i) {
      const luck = random.uniform();
      gradient[i] = sign(theta[i]! - (luck < (1 + coin.bias) / 2 ? 1 : -1));
      gradient[seeds + i] = sign(theta[seeds + i]! - (luck < (1 - coin.bias) / 2 ? 1 : -1));
    }
    optimizer.step([gradient]);
    record?.(t, theta, average);
    if (t % 2000 === 0) await trial.progress(t / coin.steps);
  }
  return average();
}

/** R − R* on average over both coins ±δ, for each seed. */
export function excesses(coin: BiasedCoin, theta: Float64Array): Float64Array {
  const seeds = theta.length / 2;
  return Float64Array.from(
    { length: seeds },
    (_, i) => (excess(coin, theta[i]!) + excess(coin, -theta[seeds + i]!)) / 2,
  );
}

/**
 * Lower bound of any method's expected R − R*, on average over both coins ±δ: δ(1 − √T·δ) = 1/(4√T). A method decides
 * by T tosses, whose distributions differ by at most √(T·KL/2) ≤ √T·δ·(1 + O(δ²)) in total variation (Le Cam 1973;
 * Pinsker; Agarwal et al. 2012, theorem 1).
 */
export const lowerBound = (steps: number): number => 1 / (4 * Math.sqrt(steps));

/**
 * E R − R* = η/2 of the last iterate of SGD with a small step, for a coin of any δ. Once E(θ − θ*)² has settled,
 * E(θ − ηg − θ*)² = E(θ − θ*)² gives 2ηE g(θ − θ*) = η²E g². Here g² = 1, and E g(θ − θ*) = R − R* as R is linear on
 * each side of θ*.
 */
export const settledExcess = (learningRate: number): number => learningRate / 2;

/**
 * Upper bound of R − R* for SGD with η = C/√t and averaging: (D²/2C + C)/√T. Gradients are at most 1 long, and iterates
 * at most D = 2 + C from θ* (Zinkevich 2003, theorem 1; Nemirovski, Juditsky, Lan & Shapiro 2009, section 2.2).
 */
export const upperBound = (scale: number, steps: number): number =>
  ((2 + scale) ** 2 / (2 * scale) + scale) / Math.sqrt(steps);
