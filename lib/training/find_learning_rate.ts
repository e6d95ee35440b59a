import { setImmediate } from 'node:timers/promises';
import { addon } from '../addon/index.js';
import { isObject } from '../checks/kinds.js';
import { checkFunction, checkOptions, checkSignal, ifGiven, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, moreThan, positive } from '../checks/ranges.js';
import { checkDataset, type Dataset } from '../data/dataset.js';
import type { LossLike } from '../losses/loss.js';
import { nativeNetwork } from '../models/model.js';
import type { Rule } from '../optimizers/rule.js';
import { exponential } from '../schedules/exponential.js';
import type { Schedule } from '../schedules/schedule.js';
import { type Network, twinOf } from './network.js';
import { Training } from './training.js';

export interface FindLearningRateOptions {
  /** The loss to train with. */
  loss: LossLike;
  /** The update rule to train with; its learning rate is replaced. */
  optimizer: Rule;
  /** Examples per minibatch. Default 32. */
  batchSize?: number | undefined;
  /** The first rate. Default 1e-6. */
  from?: number | undefined;
  /** The last rate. Default 10. */
  to?: number | undefined;
  /** Number of steps, one at each rate. Default 100. */
  steps?: number | undefined;
  /** Seed of the order of examples and of dropout. Default 0. */
  seed?: number | undefined;
  /** Called with each point of the curve. */
  onProgress?: ((point: LearningRatePoint) => void) | undefined;
  /** Ends the search, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface LearningRatePoint {
  /** 1 for the first. */
  step: number;
  learningRate: number;
  /** Loss of the minibatch before the step at this rate. */
  loss: number;
  /** Moving average of the losses so far, each with a weight of 0.1, corrected for its start. */
  smoothed: number;
}

export interface LearningRateCurve {
  /**
   * The rate at which the smoothed loss falls most steeply per decade. A good first choice: large enough to be fast,
   * and well below the rate at which training diverges. Undefined if the loss falls nowhere.
   */
  learningRate: number | undefined;
  /** All points up to the end, or to where the smoothed loss is four times its minimum or not finite. */
  curve: LearningRatePoint[];
}

const decay = 0.9; // of the moving average
const explosion = 4; // as a multiple of the least smoothed loss

/**
 * A learning-rate range test: trains a copy of the model for some steps, at rates that grow geometrically, and watches
 * the loss. The model is not changed.
 *
 * @throws (as a rejection) TypeError, RangeError for options or data that don't fit.
 * @see Smith 2017, https://arxiv.org/abs/1506.01186, section 3.3
 */
export async function findLearningRate(
  model: Network,
  data: Dataset,
  options: FindLearningRateOptions,
): Promise<LearningRateCurve> {
  checkOptions('findLearningRate', options, [
    'loss',
    'optimizer',
    'batchSize',
    'from',
    'to',
    'steps',
    'seed',
    'onProgress',
    'signal',
  ]);
  const from = checkNumber('from', orDefault(options.from, 1e-6), positive);
  const to = checkNumber('to', orDefault(options.to, 10), moreThan(from));
  const steps = checkInteger('steps', orDefault(options.steps, 100), 2);
  const batchSize = checkInteger('batchSize', orDefault(options.batchSize, 32), 1);
  const seed = checkInteger('seed', orDefault(options.seed, 0), 0);
  const signal = checkSignal(options.signal);
  const onProgress = ifGiven(options.onProgress, (call) => checkFunction('onProgress', call));
  const native = nativeNetwork(model); // throws unless it is a model
  const twin = twinOf(model, (parameters) => native.readParameters(parameters));
  checkDataset('the data', data, model.inputs);
  const rate = exponential({ from, factor: (to / from) ** (1 / (steps - 1)) });
  const training = new Training(
    twin,
    { loss: options.loss, optimizer: withRate(options.optimizer, rate), seed },
    { mayResume: true, twinOf },
  );
  const curve: LearningRatePoint[] = [];
  try {
    let [average, least] = [0, Infinity];
    for (const minibatch of minibatches(data, batchSize, steps, seed)) {
      if (signal?.aborted) throw signal.reason;
      const step = curve.length + 1;
      const loss = lossOf(training, minibatch);
      average = decay * average + (1 - decay) * loss;
      const smoothed = average / (1 - decay ** step);
      if (!(smoothed <= explosion * least)) break;
      least = Math.min(least, smoothed);
      curve.push({ step, learningRate: rate(step - 1), loss, smoothed });
      onProgress?.(curve.at(-1)!);
      await setImmediate();
    }
  } finally {
    training.dispose();
  }
  return { learningRate: steepest(curve), curve };
}

/** A rule with another learning rate, inside of its wrappers. */
function withRate(rule: Rule, learningRate: Schedule): Rule {
  if (!isObject(rule)) return rule; // refused where it is used
  return (
    isObject(rule.rule) ? { ...rule, rule: withRate(rule.rule as Rule, learningRate) } : { ...rule, learningRate }
  ) as Rule;
}

/** Minibatches of pass after pass through the data, each in a random order. */
function* minibatches(data: Dataset, batchSize: number, count: number, seed: number): Generator<Dataset> {
  for (let [taken, pass] = [0, 0]; taken < count; ++pass) {
    const order = addon.permutation(data.rows, seed + pass);
    for (let row = 0; row < data.rows && taken < count; row += batchSize, ++taken)
      yield data.select(order.subarray(row, row + batchSize));
  }
}

/** The loss before a step on a minibatch; NaN if the step fails for numbers that are not finite. */
function lossOf(training: Training, minibatch: Dataset): number {
  try {
    return training.stepOn(minibatch).loss;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_NON_FINITE') return NaN;
    throw error;
  } finally {
    minibatch.dispose();
  }
}

/** The rate at which the smoothed loss falls most steeply, by central differences over equal steps of log η. */
function steepest(curve: readonly LearningRatePoint[]): number | undefined {
  let [best, slope] = [0, 0];
  for (let i = 1; i + 1 < curve.length; ++i) {
    const change = curve[i + 1]!.smoothed - curve[i - 1]!.smoothed;
    if (change < slope) [best, slope] = [i, change];
  }
  return slope < 0 ? curve[best]!.learningRate : undefined;
}
