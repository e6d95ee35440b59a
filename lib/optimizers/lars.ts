import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface LarsOptions {
  /** η. Default 0.1. */
  learningRate?: Hyperparameter | undefined;
  /** μ: the fraction of the buffer that is kept. Default 0.9. */
  momentum?: Hyperparameter | undefined;
  /** Length of a step relative to the norm of its array. The paper calls it η, and γ what is η here. Default 1e-3. */
  trustCoefficient?: Hyperparameter | undefined;
  /** ε, added to the denominator of r. Default 0. */
  epsilon?: Hyperparameter | undefined;
  /** λ, added to the gradient as λθ. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /** Whether steps go along μv plus the newest term instead of v. Default false. */
  nesterov?: boolean | undefined;
}

/**
 * LARS: SGD with momentum for very large batches. The rate of each array follows from the norms of its parameters and
 * gradient.
 *
 *     r = trustCoefficient · ‖θ‖/(‖g‖ + λ‖θ‖ + ε), or 1 where a norm is 0
 *     v ← μv + ηr(g + λθ)     θ ← θ − v, or θ − (μv + ηr(g + λθ)) with `nesterov`
 *
 * Norms are of one array each. Biases are treated like other arrays, as in the paper; put them into a group with
 * `weightDecay: 0` if they should not decay. Same as the TensorFlow code of MLPerf and as Flax's `LARS`. Optax's `lars`
 * divides by ‖g + λθ‖ instead. State: `v`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `momentum` is outside [0, 1) or another number is negative.
 * @see You, Gitman & Ginsburg 2017, https://arxiv.org/abs/1708.03888
 */
export const lars = defineRule<LarsOptions>({
  name: 'lars',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 0.1 },
    momentum: { range: fraction, default: 0.9 },
    trustCoefficient: { range: nonNegative, default: 1e-3 },
    epsilon: { range: nonNegative, default: 0 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  flags: { nesterov: false },
  kernel: () => 'lars',
});
