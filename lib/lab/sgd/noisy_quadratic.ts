import { Optimizer, polyak, type Random, type Schedule, sgd } from '../../index.js';
import type { Figure } from '../../pages/index.js';
import type { Trial } from '../trial.js';

/** R = ½Σλᵢθᵢ² with noise of ±σ in each coordinate of the gradient. The expectation of SGD on it is known exactly. */
export interface NoisyQuadratic {
  readonly eigenvalues: readonly number[];
  /** σ. */
  readonly deviation: number;
  /** Initial value of all coordinates. */
  readonly start: number;
}

/** Parameters of SGD with one schedule, and their Polyak averages, seed after seed. */
interface Samples {
  readonly iterate: Float64Array;
  readonly average: Float64Array;
}

/**
 * SGD on a problem with each of these schedules, all with the same noise.
 *
 * @param times Ascending steps after which `record` receives the samples of each schedule.
 */
export async function descend(
  { eigenvalues, deviation, start }: NoisyQuadratic,
  schedules: readonly (Schedule | number)[],
  { seeds, times, random }: { seeds: number; times: readonly number[]; random: Random },
  record: (time: number, samples: Samples[]) => void,
  trial: Trial,
  soFar?: () => readonly Figure[],
): Promise<void> {
  const size = eigenvalues.length;
  const parameters = schedules.map(() => new Float64Array(seeds * size).fill(start));
  const gradients = parameters.map((theta) => new Float64Array(theta.length));
  const noise = new Float64Array(seeds * size);
  const optimizer = new Optimizer(
    parameters.map((theta, i) => ({ parameters: [theta], learningRate: schedules[i]! })),
    sgd(),
    { average: polyak() },
  );
  const last = times.at(-1)!;
  for (let t = 1, next = 0; t <= last; ++t) {
    for (let j = 0; j < noise.length; ++j) noise[j] = random.uniform() < 0.5 ? -deviation : deviation;
    for (let i = 0; i < parameters.length; ++i) addSlopes(eigenvalues, parameters[i]!, noise, gradients[i]!);
    optimizer.step(gradients);
    if (t === times[next]) {
      const averages = optimizer.averaged() as Float64Array[];
      record(
        t,
        parameters.map((iterate, i) => ({ iterate, average: averages[i]! })),
      );
      next += 1;
    }
    if (t % 500 === 0) await trial.progress(t / last, soFar);
  }
}

/** Writes λθ + noise to `sum`, for all seeds. */
function addSlopes(eigenvalues: readonly number[], theta: Float64Array, noise: Float64Array, sum: Float64Array): void {
  const size = eigenvalues.length;
  for (let i = 0; i < size; ++i) {
    const lambda = eigenvalues[i]!;
    for (let j = i; j < theta.length; j += size) sum[j] = lambda * theta[j]! + noise[j]!;
  }
}

/** R of each seed. */
export const risks = ({ eigenvalues }: NoisyQuadratic, parameters: Float64Array): Float64Array =>
  weightedSquares(
    parameters,
    eigenvalues.map((lambda) => lambda / 2),
  );

/** ‖θ − θ*‖² of each seed. */
export const squaredDistances = ({ eigenvalues }: NoisyQuadratic, parameters: Float64Array): Float64Array =>
  weightedSquares(
    parameters,
    eigenvalues.map(() => 1),
  );

function weightedSquares(parameters: Float64Array, weights: readonly number[]): Float64Array {
  const size = weights.length;
  const result = new Float64Array(parameters.length / size);
  for (const [j, x] of parameters.entries()) result[Math.floor(j / size)]! += weights[j % size]! * x * x;
  return result;
}

/**
 * E R of SGD's iterate and of its Polyak average θ̄ at ascending times. E[θ²], E[θθ̄] and E[θ̄²] follow from the
 * recursions, with ζ = ηξ the noise of a step:
 *
 *     θ ← (1 − ηλ)θ − ζ     θ̄ ← θ̄ + (θ − θ̄)/t
 */
export function expectedRisks(
  { eigenvalues, deviation, start }: NoisyQuadratic,
  schedule: Schedule,
  times: readonly number[],
): { iterate: number[]; average: number[] } {
  const result = { iterate: times.map(() => 0), average: times.map(() => 0) };
  const rates = schedule.tabulate(0, times.at(-1)!);
  for (const lambda of eigenvalues) {
    let [square, product, averageSquare] = [start ** 2, start ** 2, start ** 2];
    for (let t = 1, next = 0; t <= rates.length; ++t) {
      const rate = rates[t - 1]!;
      square = (1 - rate * lambda) ** 2 * square + (rate * deviation) ** 2;
      product *= 1 - rate * lambda;
      averageSquare = (1 - 1 / t) ** 2 * averageSquare + (2 / t) * (1 - 1 / t) * product + square / t ** 2;
      product = (1 - 1 / t) * product + square / t;
      if (t !== times[next]) continue;
      result.iterate[next]! += (lambda * square) / 2;
      result.average[next]! += (lambda * averageSquare) / 2;
      next += 1;
    }
  }
  return result;
}

/** E‖θ − θ*‖² at which SGD with a fixed step settles: Σ ησ²/(λ(2 − ηλ)), whose terms solve v = (1 − ηλ)²v + η²σ². */
export function ball({ eigenvalues, deviation }: NoisyQuadratic, learningRate: number): number {
  return eigenvalues.reduce(
    (sum, lambda) => sum + (learningRate * deviation ** 2) / (lambda * (2 - learningRate * lambda)),
    0,
  );
}
