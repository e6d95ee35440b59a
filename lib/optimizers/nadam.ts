import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface NAdamOptions {
  /** η. Default 2e-3. */
  learningRate?: Hyperparameter | undefined;
  /** β₁ of the moving average of the gradient, and the limit of the momentum μ. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** β₂ of the moving average of its square. Default 0.999. */
  beta2?: Hyperparameter | undefined;
  /** ε, added to the root of the bias-corrected average of squares, in units of the gradient. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** ψ: how fast μ rises from β₁/2 to β₁, per step. Default 4e-3, which takes 4,200 steps for half of the way. */
  momentumDecay?: Hyperparameter | undefined;
  /** λ, added to the gradient as λθ, unless `decoupledWeightDecay`. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /**
   * Whether weight decay is decoupled, as in `adamw`: θ is multiplied by 1 − ηλ before each step, and the gradient
   * stays as it is. Default false.
   */
  decoupledWeightDecay?: boolean | undefined;
}

/**
 * NAdam: Adam with Nesterov's look-ahead, and a momentum that rises.
 *
 *     g ← g + λθ     m ← β₁m + (1 − β₁)g     v ← β₂v + (1 − β₂)g²     μₜ = β₁(1 − ½ · 0.96^(tψ))
 *     m̂ = μₜ₊₁m/(1 − μ₁⋯μₜ₊₁) + (1 − μₜ)g/(1 − μ₁⋯μₜ)
 *     θ ← θ − η · m̂/(√(v/(1 − β₂ᵗ)) + ε)
 *
 * Same as PyTorch's `NAdam`. Keras has ψ = 1, η 1e-3 and ε 1e-7. Optax's `nadam` keeps μ at β₁: a large ψ, such as 1e4,
 * gives its numbers. States: `m`, `v`. `save` also stores the product of all μ.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1) or another number is negative.
 * @see Dozat 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
 */
export const nadam = defineRule<NAdamOptions>({
  name: 'nadam',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 2e-3 },
    beta1: { range: fraction, default: 0.9 },
    beta2: { range: fraction, default: 0.999 },
    epsilon: { range: nonNegative, default: 1e-8 },
    momentumDecay: { range: nonNegative, default: 4e-3 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  flags: { decoupledWeightDecay: false },
  kernel: ({ decoupledWeightDecay }) => (decoupledWeightDecay ? 'nadam.decoupled' : 'nadam'),
});
