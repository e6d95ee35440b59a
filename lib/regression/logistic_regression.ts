import { type CheckedOptions, type Checks, checkedOptions, integer, numberIn } from '../checks/checked_options.js';
import { checkBoolean, checkSignal } from '../checks/options.js';
import { nonNegative } from '../checks/ranges.js';
import type { Dataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import type { Network } from '../training/network.js';
import { Design, type LinearShape } from './design.js';
import { checkData, linearNetwork } from './linear_network.js';
import { PenalizedProblem } from './penalized.js';

export interface LogisticRegressionOptions {
  /**
   * λ of the penalty ½λ‖b‖², ≥ 0; 1/λ is `C` of scikit-learn's LogisticRegression. Intercepts have no penalty. Default 1.
   */
  readonly penalty?: number | undefined;
  /** Whether the model has intercepts. Default true. */
  readonly intercept?: boolean | undefined;
  /** The number of classes. Default: one more than the largest target. */
  readonly classes?: number | undefined;
  /** The most iterations. Default 1000. */
  readonly maxIterations?: number | undefined;
  /** Ends the iterations with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The result of {@link logisticRegression}. */
export interface LogisticRegression {
  /** 1 for two classes, whose output is the logit of class 1; else the number of classes, whose outputs are logits. */
  readonly outputs: number;
  /** The coefficient of column j and output k is at j · outputs + k. */
  readonly coefficients: Float64Array;
  /** One for each output; zeros without intercepts. */
  readonly intercepts: Float64Array;
  /** Σ w·loss + ½λ‖b‖² at the minimum. */
  readonly loss: number;
  readonly iterations: number;
  /** Whether the iterations ended at the minimum, not at `maxIterations`. */
  readonly converged: boolean;
  /** A network of one dense layer in float64 with these coefficients, for the loss `logistic` or `crossEntropy`. */
  model(): Network;
}

const checks = {
  penalty: numberIn(nonNegative),
  intercept: checkBoolean,
  classes: integer(2, 65_536),
  maxIterations: integer(1),
  signal: (_name, signal) => checkSignal(signal),
} satisfies Checks<LogisticRegressionOptions>;

/** A mean loss so small that only classes with a gap between them have it. */
const lossOfSeparable = 1e-6;

/**
 * Logistic regression, or multinomial regression for more than two classes: the linear model with the least
 * Σ w·(−ln p(class)) + ½λ‖b‖². All is computed in float64, and results do not depend on the number of threads.
 *
 * Up to 600 coefficients are found by Newton's method, to rounding errors. With a penalty and at least 64 rows per coefficient,
 * Newton's method finds the minimum over every eighth row; L-BFGS goes on from there over all rows, with the Hessian at that point,
 * until the loss is within about 10⁻²⁰ of its minimum, relative to the loss. More than 600 coefficients are found by L-BFGS, until
 * the gradient is 10⁻⁸ of that at zero.
 *
 * @param data Inputs, a class from 0 for each row as target, and weights if there are any.
 * @example
 * const { coefficients, intercepts } = await logisticRegression(data, { penalty: 1 });
 * @throws (as a rejection) TypeError, RangeError for options or data that don't fit; RangeError `ERR_OUT_OF_RANGE` if there
 *   is no minimum, because a linear model separates classes and there is no penalty, or because a class has no rows and there are
 *   intercepts. An aborted signal rejects with its reason.
 * @see Bishop 2006, Pattern Recognition and Machine Learning, sections 4.3.3 and 4.3.4.
 */
export async function logisticRegression(
  data: Dataset,
  options: LogisticRegressionOptions = {},
): Promise<LogisticRegression> {
  const given: CheckedOptions<typeof checks> = checkedOptions('logisticRegression', options, checks);
  const { penalty = 1, intercept: hasIntercept = true, maxIterations = 1000, signal } = given;
  checkData('logisticRegression', data);
  const design = new Design(data);
  const weights = design.classWeights();
  const classes = given.classes ?? Math.max(weights.length, 2);
  if (weights.length > classes)
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `logisticRegression: a target is ${weights.length - 1}, but there are ${classes} classes`,
    );
  const missing = Array.from({ length: classes }, (_, k) => k).find((k) => !(weights[k]! > 0));
  if (missing !== undefined && hasIntercept)
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `logisticRegression: no row has the class ${missing}, so there is no minimum: its intercept would fall without bound; leave the class out, or the intercepts`,
    );
  const outputs = classes === 2 ? 1 : classes;
  const shape: LinearShape = { loss: outputs === 1 ? 'logistic' : 'crossEntropy', outputs, hasIntercept };
  const isStopped = () => {
    signal?.throwIfAborted();
    return false;
  };
  const problem = await PenalizedProblem.of(design, shape);
  const leastLoss = penalty === 0 ? lossOfSeparable * weights.reduce((sum, weight) => sum + weight, 0) : 0;
  const fit = await problem.minimize(penalty, { maxIterations, leastLoss, isStopped, tolerance: 1e-8 });
  const { coefficients, intercepts, loss, iterations, converged } = fit;
  if (penalty === 0 && (loss < leastLoss || (await problem.isDiverging())))
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      'logisticRegression: a linear model separates classes, at least on some rows, so without a penalty its coefficients grow without bound; give a penalty > 0',
    );
  const { blocks } = data;
  const model = () => linearNetwork(blocks, coefficients, hasIntercept ? intercepts : undefined);
  return { outputs, coefficients, intercepts, loss, iterations, converged, model };
}
