import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter, type Rule } from './rule.js';

export interface AdanOptions {
  /** η. Default 1e-3. */
  learningRate?: Hyperparameter | undefined;
  /** β₁, the share of m that is kept. Default 0.98. */
  beta1?: Hyperparameter | undefined;
  /** β₂, the share of v that is kept, and how far the look ahead goes. Default 0.92. */
  beta2?: Hyperparameter | undefined;
  /** β₃, the share of n that is kept. Default 0.99. */
  beta3?: Hyperparameter | undefined;
  /** ε, added to the root of the bias-corrected n. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** λ, by which θ shrinks as 1/(1 + ηλ) after the step. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

const make = defineRule({
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

/**
 * Adan: Adam with Nesterov's momentum, estimated from how the gradient changes, so that no gradient at another point is needed.
 *
 *     d = g − g₍ₜ₋₁₎, at first 0
 *     m ← β₁m + (1 − β₁)g     v ← β₂v + (1 − β₂)d     n ← β₃n + (1 − β₃)(g + β₂d)²
 *     θ ← (θ − η · (m/(1 − β₁ᵗ) + β₂v/(1 − β₂ᵗ)) / (√(n/(1 − β₃ᵗ)) + ε)) / (1 + ηλ)
 *
 * Same as the authors' code, whose β are the shares that are kept: the paper's are 1 minus these, and it has no bias corrections.
 * Optax's `adan` adds another ε, 1e-8, under the root, and its decay is not the proximal one. States: `m`, `v`, `n`,
 * `previousGradient`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1) or another number is negative.
 * @see Xie et al. 2022, https://arxiv.org/abs/2208.06677; https://github.com/sail-sg/Adan
 */
export function adan(options: AdanOptions = {}): Rule {
  return make(options);
}
