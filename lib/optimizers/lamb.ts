import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface LambOptions {
  /** η: length of a step relative to the norm of its array. Default 1e-3. */
  learningRate?: Hyperparameter | undefined;
  /** β₁ of the moving average of the gradient. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** β₂ of the moving average of its square. Default 0.999. */
  beta2?: Hyperparameter | undefined;
  /** ε, added to the root of the average. Default 1e-6. */
  epsilon?: Hyperparameter | undefined;
  /** λ, added to the direction as λθ before it is scaled. Default 0.01. */
  weightDecay?: Hyperparameter | undefined;
  /** Whether the averages are divided by 1 − βᵗ, as in Adam. Default true. */
  biasCorrection?: boolean | undefined;
}

/**
 * LAMB: AdamW's direction for very large batches. The length of each array's step is η times the norm of its
 * parameters.
 *
 *     m ← β₁m + (1 − β₁)g     v ← β₂v + (1 − β₂)g²
 *     r = m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε) + λθ
 *     θ ← θ − η · ‖θ‖/‖r‖ · r, or θ − ηr where a norm is 0
 *
 * Norms are of one array each; the paper's φ is the identity. Biases are treated like other arrays. Google's ALBERT
 * code excludes biases and layer norms from both decay and scaling, and has no bias correction. Same as Optax's `lamb`
 * with `weight_decay=0.01` (its default is 0). States: `m`, `v`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1) or another number is negative.
 * @see You et al. 2020, https://arxiv.org/abs/1904.00962
 */
export const lamb = defineRule<LambOptions>({
  name: 'lamb',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-3 },
    beta1: { range: fraction, default: 0.9 },
    beta2: { range: fraction, default: 0.999 },
    epsilon: { range: nonNegative, default: 1e-6 },
    weightDecay: { range: nonNegative, default: 0.01 },
  },
  flags: { biasCorrection: true },
  kernel: () => 'lamb',
});
