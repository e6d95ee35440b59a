import { Dataset, linear, minimize, Optimizer, type Random, type Rule } from '../../index.js';

/** Clicks, one per round: binary features, the ith of which is 1 with probability 1/i, and a label, 0 or 1. */
export interface Stream {
  readonly rounds: number;
  readonly features: number;
  readonly inputs: Float64Array;
  readonly labels: Uint8Array;
}

/** Draws labels from a logistic model with normal weights, and flips each with probability `flipped`. */
export function clicks(rounds: number, features: number, flipped: number, random: Random): Stream {
  const weights = random.normals(features);
  const inputs = Float64Array.from({ length: rounds * features }, (_, k) =>
    Number(random.uniform() * ((k % features) + 1) < 1),
  );
  const labels = Uint8Array.from({ length: rounds }, (_, t) => {
    let logit = 0;
    for (let i = 0; i < features; ++i) logit += weights[i]! * inputs[t * features + i]!;
    const isOne = random.uniform() * (1 + Math.exp(-logit)) < 1;
    return Number(random.uniform() < flipped ? !isOne : isOne);
  });
  return { rounds, features, inputs, labels };
}

/** The game of a rule on a stream: for each round a row of θ, a row of the gradient, and the loss, all before the step. */
export interface Game {
  readonly thetas: Float64Array;
  readonly gradients: Float64Array;
  readonly losses: Float64Array;
}

/** Plays all rounds, starting at θ = 0. */
export function play({ rounds, features, inputs, labels }: Stream, rule: Rule): Game {
  const theta = new Float64Array(features);
  const gradient = new Float64Array(features);
  const optimizer = new Optimizer([theta], rule);
  const [thetas, gradients] = [new Float64Array(rounds * features), new Float64Array(rounds * features)];
  const losses = new Float64Array(rounds);
  for (let t = 0; t < rounds; ++t) {
    const row = t * features;
    thetas.set(theta, row);
    const sign = labels[t]! > 0 ? 1 : -1;
    const margin = sign * logitOf(theta, inputs, row);
    losses[t] = lossOf(margin);
    const slope = -sign / (1 + Math.exp(margin));
    for (let i = 0; i < features; ++i) gradient[i] = slope * inputs[row + i]!;
    gradients.set(gradient, row);
    optimizer.step([gradient]);
  }
  return { thetas, gradients, losses };
}

/**
 * Plays against coins, one for each coordinate, that show x = 1 with probability ¾ and otherwise x = −1: f = Σᵢ|θᵢ − xᵢ|.
 * The best θ in hindsight is 1 in each coordinate.
 *
 * @returns The game, and its regret after each round.
 */
export function playCoins(rounds: number, coins: number, rule: Rule, random: Random): Game & { regrets: Float64Array } {
  const theta = new Float64Array(coins);
  const gradient = new Float64Array(coins);
  const optimizer = new Optimizer([theta], rule);
  const [thetas, gradients] = [new Float64Array(rounds * coins), new Float64Array(rounds * coins)];
  const [losses, regrets] = [new Float64Array(rounds), new Float64Array(rounds)];
  let regret = 0;
  for (let t = 0; t < rounds; ++t) {
    for (let i = 0; i < coins; ++i) {
      const x = random.uniform() < 0.75 ? 1 : -1;
      gradient[i] = Math.sign(theta[i]! - x);
      losses[t]! += Math.abs(theta[i]! - x);
      regret += Math.abs(theta[i]! - x) - Math.abs(1 - x);
    }
    regrets[t] = regret;
    thetas.set(theta, t * coins);
    gradients.set(gradient, t * coins);
    optimizer.step([gradient]);
  }
  return { thetas, gradients, losses, regrets };
}

function logitOf(theta: ArrayLike<number>, inputs: Float64Array, row: number): number {
  let logit = 0;
  for (let i = 0; i < theta.length; ++i) logit += theta[i]! * inputs[row + i]!;
  return logit;
}

const lossOf = (margin: number) => Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));

/** The fixed θ with the least loss over the first `horizon` rounds. */
export function hindsight({ features, inputs, labels }: Stream, horizon: number): Float64Array {
  const model = linear({ inputs: features, bias: false, type: 'float64' });
  const data = new Dataset({
    inputs: inputs.subarray(0, horizon * features),
    columns: features,
    targets: labels.subarray(0, horizon),
  });
  const { theta } = minimize({ model, data, loss: 'logistic' }, { tolerance: 1e-9 });
  data.dispose();
  return theta as Float64Array;
}

/** Σ_{t ≤ T} (f_t(θ_t) − f_t(θ*)) for each T up to the last round, with one θ* for all T. */
export function regrets(
  { rounds, features, inputs, labels }: Stream,
  { losses }: Game,
  best: Float64Array,
): Float64Array {
  let sum = 0;
  return Float64Array.from({ length: rounds }, (_, t) => {
    const sign = labels[t]! > 0 ? 1 : -1;
    sum += losses[t]! - lossOf(sign * logitOf(best, inputs, t * features));
    return sum;
  });
}

/**
 * Upper bound of AdaGrad's regret against θ*, for each T (Duchi, Hazan & Singer 2011, theorem 5, plus a term for δ):
 *
 *     max_{t ≤ T} ‖θ_t − θ*‖²_∞/2η · Σᵢ‖g_{1:T,i}‖ + η Σᵢ‖g_{1:T,i}‖ + δ/2η · ‖θ₁ − θ*‖²
 */
export function adagradBounds({ thetas, gradients }: Game, best: Float64Array, { rate, delta }: Adagrad): Float64Array {
  const features = best.length;
  const squares = new Float64Array(features);
  const start = best.reduce((sum, x, i) => sum + (thetas[i]! - x) ** 2, 0);
  let farthest = 0;
  return Float64Array.from({ length: thetas.length / features }, (_, t) => {
    let norms = 0;
    for (let i = 0; i < features; ++i) {
      const k = t * features + i;
      farthest = Math.max(farthest, Math.abs(thetas[k]! - best[i]!));
      squares[i]! += gradients[k]! ** 2;
      norms += Math.sqrt(squares[i]!);
    }
    return (farthest ** 2 / (2 * rate) + rate) * norms + (delta / (2 * rate)) * start;
  });
}

export interface Adagrad {
  /** η. */
  readonly rate: number;
  /** δ. */
  readonly delta: number;
}

/**
 * Tests the first line of the proof, an equation for each coordinate of each step from θ to θ′, with h = δ + γ:
 *
 *     2η g(θ − θ*) = h(θ − θ*)² − h(θ′ − θ*)² + η²g²/h
 *
 * @returns The largest deviation, relative to the largest h(θ − θ*)².
 */
export function proofDeviation({ thetas, gradients }: Game, best: Float64Array, { rate, delta }: Adagrad): number {
  const features = best.length;
  const squares = new Float64Array(features);
  let deviation = 0;
  let scale = 0;
  for (let k = 0; k + features < thetas.length; ++k) {
    const i = k % features;
    const g = gradients[k]!;
    squares[i]! += g * g;
    const h = delta + Math.sqrt(squares[i]!);
    const [before, after] = [thetas[k]! - best[i]!, thetas[k + features]! - best[i]!];
    deviation = Math.max(
      deviation,
      Math.abs(h * before ** 2 - h * after ** 2 + (g === 0 ? 0 : (rate * g) ** 2 / h) - 2 * rate * g * before),
    );
    scale = Math.max(scale, h * before ** 2);
  }
  return deviation / scale;
}
