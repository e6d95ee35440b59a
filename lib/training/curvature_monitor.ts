import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { Dataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import { type AlongGradient, type IllConditioning, illConditioning } from './ill_conditioning.js';

export interface CurvatureMonitorOptions {
  /** How many steps of the trainer there are from one look to the next. Default 50. */
  every?: number | undefined;
  /** How many rows of the training data it looks at: drawn once by the trainer's seed; all, where there are fewer. Default 1,000. */
  examples?: number | undefined;
  /** The data that it looks at. Default: rows of the training data. */
  data?: Dataset | undefined;
  /** Called with each report as it comes. Where it throws, the run ends and rejects with that. */
  onReport?: ((report: StepCurvature) => void) | undefined;
}

/** What watches the curvature of a run: a frozen plain object. */
export interface CurvatureMonitor {
  readonly name: 'curvature';
  readonly every: number;
  /** How many rows of the training data it looks at; left out where the monitor has data of its own. */
  readonly examples?: number;
  readonly data?: Dataset;
  readonly onReport?: (report: StepCurvature) => void;
}

/** What a {@link curvatureMonitor} finds at the parameters after some step. */
export interface StepCurvature extends AlongGradient, IllConditioning {
  /** Steps so far, counted over all runs of a trainer. */
  readonly step: number;
  /** η of the step that comes next. */
  readonly learningRate: number;
}

/**
 * Watches the curvature during a run: before the first step of a trainer and after every so many, it finds the loss over some rows, its
 * gradient g and the Hessian along it, all exact, and compares the two terms of
 *
 *     R(θ − ηg) ≈ R − η‖g‖² + (η²/2)·gᵀHg
 *
 * From a `ratio` (η/2)·gᵀHg : ‖g‖² of 1 on, a step η against the gradient no longer lowers the loss, to second order; the report then has
 * a `warning`, as it has where a number is not finite. It speaks of plain gradient descent on the loss (without weight decay) at the η of
 * the run: under momentum, Adam and others the step has another direction and length, and the ratio only tells how sharply the loss bends
 * along the gradient.
 *
 * Reports come to `onReport` as they are made, and stand in the run's {@link History.curvature}. The training goes through the same bits as
 * without. The network is taken as in {@link Network.evaluate}, in full precision, at the parameters that are trained (not at their
 * average, where there is one). A look costs about as much as training on four times its rows, and memory for five times the parameters;
 * `seconds` and `examplesPerSecond` leave it out. With `parallel: 'hogwild'`, threads share no more than `every` examples at a time.
 *
 * @example
 * model.fit(data, { loss, optimizer: sgd({ learningRate: 0.1 }), monitor: curvatureMonitor({ every: 20, onReport: console.log }) });
 *
 * @throws TypeError, RangeError for options that do not fit.
 * @see Goodfellow, Bengio & Courville 2016, Deep Learning, 8.2.1, https://www.deeplearningbook.org
 */
export function curvatureMonitor(options: CurvatureMonitorOptions = {}): CurvatureMonitor {
  checkOptions('curvatureMonitor', options, ['every', 'examples', 'data', 'onReport']);
  const { data, onReport } = options;
  if (data !== undefined && !Dataset.is(data)) throw invalid('curvatureMonitor.data', 'a Dataset', data);
  if (data !== undefined && options.examples !== undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      'curvatureMonitor: examples is for rows of the training data; of data it takes all rows',
    );
  if (onReport !== undefined && typeof onReport !== 'function')
    throw invalid('curvatureMonitor.onReport', 'a function', onReport);
  return Object.freeze({
    name: 'curvature',
    every: checkInteger('curvatureMonitor.every', orDefault(options.every, 50), 1),
    ...(data === undefined
      ? { examples: checkInteger('curvatureMonitor.examples', orDefault(options.examples, 1000), 1) }
      : { data }),
    ...(onReport !== undefined && { onReport }),
  });
}

/** A monitor, or its description. */
export function checkCurvatureMonitor({ name: _, ...options }: CurvatureMonitor): CurvatureMonitor {
  return curvatureMonitor(options);
}

export function stepCurvature(step: number, along: AlongGradient, learningRate: number): StepCurvature {
  const isKnown = Object.values(along).every(Number.isFinite);
  return { step, ...along, learningRate, ...(isKnown ? illConditioning(along, learningRate) : unknown) };
}

const unknown: IllConditioning = {
  ratio: NaN,
  bestStep: NaN,
  predictedLoss: NaN,
  warning: 'the loss, its gradient or the curvature along it is not finite.',
};
