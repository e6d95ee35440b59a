import '../../losses/absolute.js';
import '../../losses/huber.js';
import type { LossLike } from '../../losses/loss.js';
import '../../losses/poisson.js';
import '../../losses/squared.js';
import { sortedBy, weightedMean, weightedQuantile } from '../quantiles.js';
import { type NumberTarget, numberOf } from '../target.js';
import type { Head } from './head.js';

/** A number. */
export function numberHead(target: NumberTarget): Head {
  const { loss = 'squared' } = target;
  const numbersOf = (outputs: ArrayLike<number>): number[] => Array.from(outputs, (z) => numberOf(target, z));
  const { rowLoss, constant } = objectives[loss](target);
  return {
    outputs: 1,
    loss: loss satisfies LossLike,
    width: 1,
    truthOf: (z) => (target.loss === 'poisson' ? z * target.mean : z * target.deviation + target.mean),
    read: (outputs) => Float64Array.from(numbersOf(outputs)),
    constant: (truths, weights) => Float64Array.of(constant(truths, weights)),
    losses: (readings, truths) => truths.map((truth, row) => rowLoss(readings[row]!, truth)),
    predictions: numbersOf,
  };
}

/** The loss of a row, and the constant of least loss. */
interface Objective {
  rowLoss(prediction: number, truth: number): number;
  constant(truths: Float64Array, weights: Float64Array | undefined): number;
}

const squared: Objective = {
  rowLoss: (prediction, truth) => (prediction - truth) ** 2,
  constant: weightedMean,
};

const median = (values: Float64Array, weights: Float64Array | undefined): number =>
  weightedQuantile(sortedBy(values, weights), 0.5);

const objectives: Record<NonNullable<NumberTarget['loss']> | 'squared', (target: NumberTarget) => Objective> = {
  squared: () => squared,
  absolute: () => ({ rowLoss: (prediction, truth) => Math.abs(prediction - truth), constant: median }),
  huber: ({ deviation }) => ({
    rowLoss(prediction, truth) {
      const error = Math.abs(prediction - truth);
      return error <= deviation ? error ** 2 / 2 : deviation * (error - deviation / 2);
    },
    constant: (values, weights) => huberCentre(values, weights, deviation),
  }),
  poisson: () => ({ rowLoss: poissonDeviance, constant: weightedMean }),
};

/** A rate of 0 would make every event impossible. */
const leastRate = 1e-12;

/** Twice the logarithm of how much more probable the truth is at its own rate (McCullagh & Nelder 1989, section 2.3). */
function poissonDeviance(prediction: number, truth: number): number {
  const rate = Math.max(prediction, leastRate);
  return 2 * ((truth > 0 ? truth * Math.log(truth / rate) : 0) - (truth - rate));
}

/** The number of least Huber loss, by iteratively reweighted means from the median (Huber 1964). */
function huberCentre(values: Float64Array, weights: Float64Array | undefined, delta: number): number {
  let centre = median(values, weights);
  for (let step = 0; step < 50; ++step) {
    const influence = values.map(
      (value, row) => (weights ? weights[row]! : 1) * Math.min(1, delta / Math.max(Math.abs(value - centre), 1e-300)),
    );
    centre = weightedMean(values, influence);
  }
  return centre;
}
