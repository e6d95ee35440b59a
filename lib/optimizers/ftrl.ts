import { nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface FtrlOptions {
  /** η, the paper's α. Default 0.1. */
  learningRate?: Hyperparameter | undefined;
  /** β, which shortens early steps. Default 1. */
  beta?: Hyperparameter | undefined;
  /** λ₁: a parameter is 0 unless |z| exceeds ηλ₁. Default 0. */
  l1?: Hyperparameter | undefined;
  /** λ₂, the weight of ½‖θ‖². Default 0. */
  l2?: Hyperparameter | undefined;
  /** Initial value of n. Default 0. */
  initialAccumulator?: Hyperparameter | undefined;
}

/**
 * FTRL-Proximal (follow the regularised leader) for sparse online models. Parameters that the data don't support are
 * exactly 0.
 *
 *     z ← z + ηg − (√(n + g²) − √n)θ     n ← n + g²
 *     θ ← 0 where |z| ≤ ηλ₁, otherwise (sign(z)ηλ₁ − z) / (β + √n + ηλ₂)
 *
 * Without λ₁ and λ₂ this is Adagrad's θ ← θ − ηg/(β + √n). Results equal the paper's, whose z is ours divided by η.
 * Here η may change without a jump of θ, and λ₁ and λ₂ act with the η of the step.
 *
 * The paper and Keras start from z = 0, which suits θ = 0 only; other parameters would jump at the first step. Here z
 * starts where the last formula gives the initial θ: −θ(β + √n + ηλ₂) − sign(θ)ηλ₁. Both agree for θ = 0, from which
 * sparse models should start: λ₁ and λ₂ don't pull parameters away from another initial θ.
 *
 * Keras's `Ftrl` has β = 0, `initial_accumulator_value` 0.1, and weighs ‖θ‖² instead of its half: our `l2` is twice its
 * `l2_regularization_strength`. States: `z`, `n`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a number is negative.
 * @see McMahan et al. 2013, https://research.google.com/pubs/archive/41159.pdf
 */
export const ftrl = defineRule<FtrlOptions>({
  name: 'ftrl',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 0.1 },
    beta: { range: nonNegative, default: 1 },
    l1: { range: nonNegative, default: 0 },
    l2: { range: nonNegative, default: 0 },
    initialAccumulator: { range: nonNegative, default: 0 },
  },
  kernel: () => 'ftrl',
});
