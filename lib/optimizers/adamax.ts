import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface AdamaxOptions {
  /** η, about the largest change of a parameter in a step. Default 2e-3. */
  learningRate?: Hyperparameter | undefined;
  /** β₁ of the moving average of the gradient. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** β₂: factor of the largest gradient so far, per step. Default 0.999. */
  beta2?: Hyperparameter | undefined;
  /** ε, added to |g|, in units of the gradient. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** λ, added to the gradient as λθ. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

/**
 * AdaMax: Adam with the largest recent gradient in place of the root mean square.
 *
 *     g ← g + λθ     m ← β₁m + (1 − β₁)g     u ← max(β₂u, |g| + ε)
 *     θ ← θ − η/(1 − β₁ᵗ) · m/u
 *
 * Same as PyTorch's `Adamax`, and Optax's. Keras adds ε to u instead of |g|; the paper has no ε. States: `m`, `u`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1) or another number is negative.
 * @see Kingma & Ba 2015, section 7.1, https://arxiv.org/abs/1412.6980
 */
export const adamax = defineRule<AdamaxOptions>({
  name: 'adamax',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 2e-3 },
    beta1: { range: fraction, default: 0.9 },
    beta2: { range: fraction, default: 0.999 },
    epsilon: { range: nonNegative, default: 1e-8 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  kernel: () => 'adamax',
});
