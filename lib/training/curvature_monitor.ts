import { checkFunction, checkOptions, ifGiven, orDefault, refuse } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { Dataset } from '../data/dataset.js';
import { type AlongGradient, type IllConditioning, illConditioning } from './ill_conditioning.js';

export interface CurvatureMonitorOptions {
  /** Number of a trainer's steps from one report to the next. Default 50. */
  every?: number | undefined;
  /**
   * Number of rows of the training data, drawn once by the trainer's seed; all rows if there are fewer. Default 1,000.
   */
  examples?: number | undefined;
  /** Other data to evaluate the curvature on. Default: rows of the training data. */
  data?: Dataset | undefined;
  /** Called with each report as it is made. If it throws, the run ends and rejects with that error. */
  onReport?: ((report: StepCurvature) => void) | undefined;
}

/** A monitor of the curvature during a run: a frozen plain object. */
export interface CurvatureMonitor {
  readonly name: 'curvature';
  readonly every: number;
  /** Number of rows of the training data; absent if the monitor has data of its own. */
  readonly examples?: number;
  readonly data?: Dataset;
  readonly onReport?: (report: StepCurvature) => void;
}

/** A report of a {@link curvatureMonitor}, at the parameters after a step. */
export interface StepCurvature extends AlongGradient, IllConditioning {
  /** Steps so far, over all runs of a trainer. */
  readonly step: number;
  /** η of the next step. */
  readonly learningRate: number;
}

/**
 * Monitors the curvature during a run. Before a trainer's first step and then after every `every` steps, it computes
 * the loss over some rows, its gradient g and gᵀHg, where H is the Hessian, all exactly. It compares the last two terms
 * of
 *
 *     R(θ − ηg) ≈ R − η‖g‖² + (η²/2)·gᵀHg
 *
 * If their `ratio` (η/2)·gᵀHg / ‖g‖² is 1 or more, a step of size η against the gradient does not lower the loss, to
 * second order. The report then has a `warning`, as it has if a number is not finite. The ratio is about plain gradient
 * descent on the loss, without weight decay, at the η of the run. Steps of momentum, Adam and others have another
 * direction and length; for them it only shows how strongly the loss curves along the gradient.
 *
 * Reports go to `onReport` as they are made, and into {@link History.curvature}. The bits of the training don't change.
 * The network runs as in {@link Network.evaluate}, in full precision, at the trained parameters (not at their average).
 * A report takes about as long as training on four times its rows, and memory for five times the parameters. `seconds`
 * and `examplesPerSecond` exclude it. With `parallel: 'hogwild'`, threads take at most `every` examples between two
 * synchronisations.
 *
 * @example
 * const monitor = curvatureMonitor({ every: 20, onReport: console.log });
 * model.fit(data, { loss: 'crossEntropy', optimizer: sgd({ learningRate: 0.1 }), monitor });
 *
 * @throws TypeError, RangeError for options that don't fit.
 * @see Goodfellow, Bengio & Courville 2016, Deep Learning, 8.2.1, https://www.deeplearningbook.org
 */
export function curvatureMonitor(options: CurvatureMonitorOptions = {}): CurvatureMonitor {
  checkOptions('curvatureMonitor', options, ['every', 'examples', 'data', 'onReport']);
  const { data, onReport } = options;
  if (data !== undefined && !Dataset.is(data)) throw invalid('curvatureMonitor.data', 'a Dataset', data);
  refuse([
    [
      data && options.examples !== undefined,
      'curvatureMonitor: examples applies to the training data; all rows of data are used',
    ],
  ]);
  ifGiven(onReport, (call) => checkFunction('curvatureMonitor.onReport', call));
  return Object.freeze({
    name: 'curvature',
    every: checkInteger('curvatureMonitor.every', orDefault(options.every, 50), 1),
    ...(data === undefined
      ? { examples: checkInteger('curvatureMonitor.examples', orDefault(options.examples, 1000), 1) }
      : { data }),
    ...(onReport !== undefined && { onReport }),
  });
}

export function checkCurvatureMonitor({ name: _, ...options }: CurvatureMonitor): CurvatureMonitor {
  return curvatureMonitor(options);
}

export function stepCurvature(step: number, along: AlongGradient, learningRate: number): StepCurvature {
  const areFinite = Object.values(along).every(Number.isFinite);
  return { step, ...along, learningRate, ...(areFinite ? illConditioning(along, learningRate) : notFinite) };
}

const notFinite: IllConditioning = {
  ratio: NaN,
  bestStep: NaN,
  predictedLoss: NaN,
  warning: 'the loss, its gradient or the curvature along it is not finite.',
};
