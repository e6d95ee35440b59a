import { checkOneOf } from '../checks/options.js';
import { checkNumber, positive } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { defineMethod } from './rule.js';

export interface AcceleratedOptions {
  /** η. Default 1/L. */
  learningRate?: number | undefined;
  /** L, if the gradient is L-Lipschitz. Give this or `learningRate`. Default: the problem's. */
  smoothness?: number | undefined;
  /** μ, if R is μ-strongly convex; the momentum is then constant. Default: not used, even if the problem has it. */
  strongConvexity?: number | undefined;
  /**
   * Test that resets the growing momentum: whether the last step went uphill, by the gradient or by the function's
   * value. Default: none.
   */
  restart?: 'gradient' | 'function' | undefined;
}

/**
 * Nesterov's accelerated gradient for `minimize`, with the gradient of the whole objective at a point y beyond θ.
 *
 *     y = θ_t + β_t(θ_t − θ_{t−1})     θ_{t+1} = y − η∇R(y)
 *     β = (k − 1)/(k + 2) at the kth step, or (√κ − 1)/(√κ + 1), κ = 1/(ημ), with `strongConvexity` μ
 *
 * With η = 1/L and R convex, R(θ_t) − R* = O(1/t²). No method that sees only gradients improves on that by more than a
 * constant factor. The bound 2L/(t + 1)²·‖θ₀ − θ*‖² held in all measurements (`glissade lab acceleration`); it is
 * proven for a β that begins one step later. With μ, R − R* shrinks as (1 − 1/√κ)ᵗ. A step evaluates R at y and at θ.
 * This is not `momentum({ nesterov: true })`, whose momentum is an average.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` for options that don't fit.
 * @see Nesterov 1983; Su, Boyd & Candès 2016, https://jmlr.org/papers/v17/15-084.html; Nesterov 2018, Lectures on
 *   Convex Optimization, 2.2.1; restarts: O'Donoghue & Candès 2015, https://arxiv.org/abs/1204.3982
 */
export const accelerated = defineMethod<AcceleratedOptions>(
  'accelerated',
  ['learningRate', 'smoothness', 'strongConvexity', 'restart'],
  ({ restart, ...numbers }) => {
    for (const [key, value] of Object.entries(numbers))
      if (value !== undefined) checkNumber(`accelerated.${key}`, value, positive);
    const { learningRate, smoothness, strongConvexity } = numbers;
    if (learningRate !== undefined && smoothness !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', 'accelerated: give learningRate or smoothness, of which it is 1/L');
    if (restart !== undefined) {
      checkOneOf('accelerated.restart', restart, ['gradient', 'function']);
      if (strongConvexity !== undefined)
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          'accelerated: restart is for momentum that grows, without strongConvexity',
        );
    }
    return { learningRate, smoothness, strongConvexity, restart };
  },
);
