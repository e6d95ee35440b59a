import { checkOneOf } from '../checks/options.js';
import { checkNumber, positive } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { defineMethod, type Rule } from './rule.js';

export interface AcceleratedOptions {
  /** η. Default 1/L. */
  learningRate?: number | undefined;
  /** L, where the gradient is L-Lipschitz. Default: what the problem says. Give this or `learningRate`. */
  smoothness?: number | undefined;
  /** μ, where R is μ-strongly convex; then the momentum is constant. Default: not used, even where the problem says it. */
  strongConvexity?: number | undefined;
  /**
   * When momentum that grows begins anew: where the last step led uphill, by the gradient or by the function's value. Default: never.
   */
  restart?: 'gradient' | 'function' | undefined;
}

const make = defineMethod<AcceleratedOptions>(
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

/**
 * Nesterov's accelerated gradient with the whole gradient, for `minimize`: the step is taken from a point beyond θ.
 *
 *     y = θ_t + β_t(θ_t − θ_{t−1})     θ_{t+1} = y − η∇R(y)
 *     β = (k − 1)/(k + 2) at the kth step, or (√κ − 1)/(√κ + 1), κ = 1/(ημ), where `strongConvexity` says μ
 *
 * With η = 1/L and R convex, R(θ_t) − R* = O(1/t²), which no method that sees only gradients betters by more than a constant factor: it is
 * within 2L/(t + 1)²·‖θ₀ − θ*‖² wherever it was measured (`glissade lab acceleration`), a bound that is proven for a β that begins one step
 * later. With μ as well, R − R* shrinks as (1 − 1/√κ)ᵗ. A step evaluates R at y and at θ. Not `momentum({ nesterov: true })`, whose momentum
 * is an average.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` for options that do not fit.
 * @see Nesterov 1983; Su, Boyd & Candès 2016, https://jmlr.org/papers/v17/15-084.html; Nesterov 2018, Lectures on Convex Optimization,
 *   2.2.1; restarts: O'Donoghue & Candès 2015, https://arxiv.org/abs/1204.3982
 */
export function accelerated(options: AcceleratedOptions = {}): Rule {
  return make(options);
}
