import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface AdanOptions {
  /** η. Default 1e-3. */
  learningRate?: Hyperparameter | undefined;
  /** β₁: the fraction of m that is kept. Default 0.98. */
  beta1?: Hyperparameter | undefined;
  /** β₂: the fraction of v that is kept, and the extent of the look-ahead. Default 0.92. */
  beta2?: Hyperparameter | undefined;
  /** β₃: the fraction of n that is kept. Default 0.99. */
  beta3?: Hyperparameter | undefined;
  /** ε, added to the root of the bias-corrected n. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** λ: θ is divided by 1 + ηλ after the step. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

/**
 * Adan: Adam with Nesterov's momentum, which it estimates from changes of the gradient at θ. No other gradient point is
 * needed.
 *
 *     d = g − g₍ₜ₋₁₎, at first 0
 *     m ← β₁m + (1 − β₁)g     v ← β₂v + (1 − β₂)d     n ← β₃n + (1 − β₃)(g + β₂d)²
 *     θ ← (θ − η · (m/(1 − β₁ᵗ) + β₂v/(1 − β₂ᵗ)) / (√(n/(1 − β₃ᵗ)) + ε)) / (1 + ηλ)
 *
 * Same as the authors' code. The paper's β are 1 minus these, and it has no bias corrections. Optax's `adan` adds
 * another ε of 1e-8 under the root, and decays in another way. States: `m`, `v`, `n`, `previousGradient`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1) or another number is negative.
 * @see Xie et al. 2022, https://arxiv.org/abs/2208.06677; https://github.com/sail-sg/Adan
 */
export const adan = defineRule<AdanOptions>({
  name: 'adan',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-3 },
    beta1: { range: fraction, default: 0.98 },
    beta2: { range: fraction, default: 0.92 },
    beta3: { range: fraction, default: 0.99 },
    epsilon: { range: nonNegative, default: 1e-8 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  kernel: () => 'adan',
});
