import { types } from 'node:util';
import type { FloatArray } from '../addon/index.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { floats, typeOf } from '../numbers/memory.js';
import { indexOfNonFinite, norm } from '../numbers/vectors.js';
import type { Objective } from './problem.js';

/** The objective at some θ. Its arrays are never changed. */
export interface Point {
  readonly theta: FloatArray;
  readonly loss: number;
  readonly gradient: FloatArray;
  readonly gradientNorm: number;
}

export function isFinitePoint({ theta, loss, gradientNorm }: Point): boolean {
  return Number.isFinite(loss) && Number.isFinite(gradientNorm) && indexOfNonFinite(theta) < 0;
}

const forms =
  'an objective returns its value and writes its gradient into its second argument, or returns { loss, gradient }';

/** Calls an objective, checks its results and counts the calls. */
export class Evaluator {
  count = 0;
  readonly #objective: Objective;

  constructor(objective: Objective) {
    this.#objective = objective;
  }

  /**
   * Evaluates the objective at θ. The point keeps the array.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_SHAPE` for invalid results; and the errors of the
   *   objective.
   */
  at(theta: FloatArray): Point {
    const gradient = floats(typeOf(theta), theta.length);
    const isFirst = this.count === 0;
    if (isFirst) gradient.fill(NaN);
    this.count += 1;
    const result: unknown = this.#objective(theta, gradient);
    const loss = typeof result === 'number' ? result : taken(result, gradient);
    if (isFirst && typeof result === 'number' && Number.isFinite(loss) && gradient.every(Number.isNaN))
      throw errorWith('ERR_INVALID_ARGUMENT', `the objective wrote no gradient (all of it is NaN): ${forms}`);
    return { theta, loss, gradient, gradientNorm: norm(gradient) };
  }

  /**
   * Evaluates the start of a run.
   *
   * @throws The errors of {@link at}; GlissadeError `ERR_NON_FINITE` if the loss or the gradient is not finite.
   */
  atStart(theta: FloatArray): Point {
    const point = this.at(theta);
    if (!Number.isFinite(point.loss)) throw errorWith('ERR_NON_FINITE', `the loss at the start is ${point.loss}`);
    const i = indexOfNonFinite(point.gradient);
    if (i >= 0)
      throw errorWith(
        'ERR_NON_FINITE',
        `gradient[${i}] at the start is ${point.gradient[i]}; an objective must set every number of its gradient, whose previous contents have no meaning`,
      );
    return point;
  }
}

/** The loss of an object `{ loss, gradient }`. Its gradient is copied into the second argument. */
function taken(result: unknown, gradient: FloatArray): number {
  if (types.isPromise(result))
    throw errorWith('ERR_INVALID_ARGUMENT', `the objective returned a Promise: it can't be waited for; ${forms}`);
  if (result === null || typeof result !== 'object' || !('loss' in result))
    throw invalid('what the objective returns', 'a number or { loss, gradient }', result);
  const { loss, gradient: given } = result as { loss: unknown; gradient?: unknown };
  if (typeof loss !== 'number') throw invalid("the objective's loss", 'a number', loss);
  if (!isList(given)) throw invalid("the objective's gradient", 'an array of numbers', given);
  if (given.length !== gradient.length)
    throw errorWith(
      'ERR_SHAPE',
      `the objective's gradient has ${given.length} elements, but theta has ${gradient.length}`,
    );
  gradient.set(given);
  return loss;
}

function isList(value: unknown): value is ArrayLike<number> {
  return (
    Array.isArray(value) ||
    (types.isTypedArray(value) && !types.isBigInt64Array(value) && !types.isBigUint64Array(value))
  );
}
