import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface RAdamOptions {
  /** η. Default 1e-3. */
  learningRate?: Hyperparameter | undefined;
  /** β₁ of the moving average of the gradient. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** β₂ of the moving average of its square. Default 0.999. */
  beta2?: Hyperparameter | undefined;
  /** ε, added to the root of the average of squares, in units of the gradient. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** λ, added to the gradient as λθ, unless `decoupledWeightDecay`. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /**
   * Whether weight decay is decoupled, as in `adamw`: θ is multiplied by 1 − ηλ before each step, and the gradient
   * stays as it is. Default false.
   */
  decoupledWeightDecay?: boolean | undefined;
}

/**
 * RAdam: Adam with a built-in warm-up while v averages so few squares that step sizes would vary much.
 *
 *     g ← g + λθ     m ← β₁m + (1 − β₁)g     v ← β₂v + (1 − β₂)g²
 *     ρ∞ = 2/(1 − β₂) − 1     ρ = ρ∞ − 2tβ₂ᵗ/(1 − β₂ᵗ), about how many squares v averages
 *     θ ← θ − η · m/(1 − β₁ᵗ) · r√(1 − β₂ᵗ)/(√v + ε) where ρ > 5, else θ ← θ − η · m/(1 − β₁ᵗ)
 *     r² = (ρ − 4)(ρ − 2)ρ∞/((ρ∞ − 4)(ρ∞ − 2)ρ)
 *
 * Same as PyTorch's `RAdam`; the paper says ρ > 4. Optax adds ε after the bias correction: for its numbers, multiply
 * `epsilon` by √(1 − β₂ᵗ). Keras has no RAdam. With β₂ ≤ 2/3, ρ never exceeds 5. States: `m`, `v`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1) or another number is negative.
 * @see Liu et al. 2020, https://arxiv.org/abs/1908.03265
 */
export const radam = defineRule<RAdamOptions>({
  name: 'radam',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-3 },
    beta1: { range: fraction, default: 0.9 },
    beta2: { range: fraction, default: 0.999 },
    epsilon: { range: nonNegative, default: 1e-8 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  flags: { decoupledWeightDecay: false },
  kernel: ({ decoupledWeightDecay }) => (decoupledWeightDecay ? 'radam.decoupled' : 'radam'),
});
