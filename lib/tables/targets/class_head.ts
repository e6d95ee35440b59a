import type { FloatArray } from '../../addon/index.js';
import { focal } from '../../losses/focal.js';
import { toProbabilities } from '../../models/probabilities.js';
import { bestOf, type ClassTarget } from '../target.js';
import type { Head } from './head.js';

/** γ of the focal loss. */
const gamma = 2;

/** One of several classes. For two classes, the output is the logit of the second one. */
export function classHead(target: ClassTarget): Head {
  const { classes, loss } = target;
  const width = classes.length;
  const outputs = width === 2 ? 1 : width;
  return {
    outputs,
    loss: loss === 'focal' ? focal({ gamma }) : width === 2 ? 'logistic' : 'crossEntropy',
    width,
    truthOf: (place) => place,
    read(given, reading) {
      const made = toProbabilities(given, outputs, reading);
      const all = outputs === 1 ? ofBoth(made) : Float64Array.from(made);
      // A calibration is fitted to the rows as they are.
      if (reading.calibration.slope === 1 && reading.calibration.intercept === 0) correct(target, all);
      return all;
    },
    constant(truths, weights) {
      const sums = new Float64Array(width);
      for (const [row, truth] of truths.entries()) sums[truth]! += weights ? weights[row]! : 1;
      const all = sums.reduce((total, sum) => total + sum, 0);
      return sums.map((sum) => sum / all);
    },
    losses: (readings, truths) =>
      truths.map((truth, row) => -Math.log(Math.max(readings[row * width + truth]!, 1e-15))),
    predictions: (given) =>
      Array.from({ length: given.length / outputs }, (_, row) => classes[bestOf(given, row * outputs, outputs)]!),
  };
}

/** The probabilities of two classes, from those of the second. */
function ofBoth(second: FloatArray): Float64Array {
  const both = new Float64Array(2 * second.length);
  for (let i = 0; i < second.length; ++i) {
    both[2 * i] = 1 - second[i]!;
    both[2 * i + 1] = second[i]!;
  }
  return both;
}

/**
 * Turns what a network learnt into the probabilities of the rows as they are, in place, and scales those of a row to the sum 1.
 * Each is divided by the weight of its class (Elkan 2001, The foundations of cost-sensitive learning, theorem 2). The outputs of
 * least focal loss are too near to each other: a probability p is first replaced by p/φ(p), where φ(p) = (1 − p)^γ − γ(1 − p)^(γ −
 * 1) p log p (Charoenphakdee et al. 2021, https://arxiv.org/abs/2011.09172, theorem 11).
 */
function correct({ weights, classes, loss }: ClassTarget, probabilities: Float64Array): void {
  if (!weights && loss !== 'focal') return;
  const width = classes.length;
  for (let at = 0; at < probabilities.length; at += width) {
    let sum = 0;
    for (let j = 0; j < width; ++j) {
      const p = probabilities[at + j]!;
      probabilities[at + j] = (loss === 'focal' ? focalOdds(p) : p) / (weights ? weights[j]! : 1);
      sum += probabilities[at + j]!;
    }
    for (let j = 0; j < width; ++j) probabilities[at + j]! /= sum;
  }
}

/** p/φ(p) for γ = 2. */
function focalOdds(p: number): number {
  const rest = Math.max(1 - p, 1e-9);
  return p === 0 ? 0 : p / (rest * (rest - gamma * p * Math.log(p)));
}
