import { types } from 'node:util';
import type { FloatArray, NativeCustomLoss } from '../addon/index.js';
import { checkBoolean, orDefault } from '../checks/options.js';
import { invalid, shown } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { checkGradient } from './gradient_check.js';
import { defineLoss, type Loss } from './loss.js';
import type { LossBatch } from './loss_batch.js';

export interface CustomLossOptions {
  /**
   * The loss of a minibatch, as a mean over its rows. The loss of an epoch or a dataset is the mean over minibatches, by
   * the weights of their rows.
   */
  value(batch: LossBatch): number;
  /**
   * Writes the derivative of `value` with respect to each of `batch.outputs` to `gradient`, which is all zeros before.
   */
  gradient(batch: LossBatch, gradient: FloatArray): void;
  /**
   * Whether `gradient` is compared with differences of `value`, for up to 32 outputs of the first minibatch that is
   * trained on. Default true.
   */
  check?: boolean | undefined;
}

/**
 * A loss over the outputs of a minibatch, computed in JavaScript. Both functions are called once for each minibatch, on
 * the thread that called `step`, `evaluate` or `fit`: in a run each minibatch waits for a turn of the event loop. Rows
 * may depend on each other, as in ranking and contrastive losses.
 *
 * If one of the functions throws, so does the step, or the run rejects with its error; the parameters are then as after
 * the last step. An evaluation or validation calls `value` alone, for minibatches of up to 256 rows. There are no
 * second derivatives, so Hessians and the curvature monitor refuse this loss, as do metrics of classifiers and
 * `parallel: 'hogwild'`.
 *
 * @example
 * // log cosh(z − t), as a mean over the rows
 * const logCosh = losses.custom({
 *   value: ({ outputs, targets, rows }) => {
 *     let sum = 0;
 *     for (let i = 0; i < outputs.length; ++i) sum += Math.log(Math.cosh(outputs[i]! - targets[i]!));
 *     return sum / rows;
 *   },
 *   gradient: ({ outputs, targets, rows }, gradient) => {
 *     for (let i = 0; i < outputs.length; ++i) gradient[i] = Math.tanh(outputs[i]! - targets[i]!) / rows;
 *   },
 * });
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` without the two functions; on first use if the gradient does not match
 *   `value`.
 */
export const custom: (options: CustomLossOptions) => Loss = defineLoss<CustomLossOptions>({
  name: 'custom',
  options: ['value', 'gradient', 'check'],
  check: ({ value, gradient, check }) => {
    if (typeof value !== 'function') throw invalid('value of losses.custom', 'a function (batch) => number', value);
    if (typeof gradient !== 'function')
      throw invalid('gradient of losses.custom', 'a function (batch, gradient) => undefined', gradient);
    return { value, gradient, check: checkBoolean('check', orDefault(check, true)) };
  },
}) as (options: CustomLossOptions) => Loss;

/** The values of gradients that have been checked. */
const checked = new WeakMap<CustomLossOptions['gradient'], CustomLossOptions['value']>();

/** The function that computes a custom loss; undefined for other losses. @internal */
export function computeOf(loss: Loss): NativeCustomLoss | undefined {
  if (loss.name !== 'custom') return undefined;
  const { value, gradient, check } = loss as unknown as Required<CustomLossOptions>;
  const lossOf = (batch: LossBatch): number => {
    const result: unknown = value(batch);
    if (typeof result !== 'number')
      throw refused(result, `losses.custom: value returned ${shown(result)}, but not a number`);
    return result;
  };
  const fillGradient = (batch: LossBatch, into: FloatArray): void => {
    const result: unknown = gradient(batch, into);
    if (result !== undefined && result !== into)
      throw refused(result, `losses.custom: gradient returned ${shown(result)}; it must write to its second argument`);
  };
  return (outputs, targets, rows, weights, into) => {
    const [columns, targetColumns] = [outputs.length / rows, targets.length / rows];
    const batch: LossBatch = { outputs, targets, weights, rows, columns, targetColumns };
    if (into !== undefined && check && checked.get(gradient) !== value) {
      checkGradient(lossOf, fillGradient, batch);
      checked.set(gradient, value);
    }
    const result = lossOf(batch);
    if (into !== undefined) fillGradient(batch, into);
    return result;
  };
}

/** The error for what a function returned. If that is a promise, its rejection is handled here. */
function refused(result: unknown, sentence: string): Error {
  if (types.isPromise(result)) result.catch(() => {});
  return errorWith('ERR_INVALID_ARGUMENT', sentence);
}
