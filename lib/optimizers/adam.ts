import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter, type Rule } from './rule.js';

export interface AdamOptions {
  /** η. Default 1e-3. */
  learningRate?: Hyperparameter | undefined;
  /** β₁ of the moving average of the gradient. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** β₂ of the moving average of its square. Default 0.999. */
  beta2?: Hyperparameter | undefined;
  /** ε, added to the root of the bias-corrected average. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** λ, added to the gradient as λθ (coupled). {@link adamw} has decoupled decay. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /** Whether the divisor has the largest average of squares so far (Reddi, Kale & Kumar 2018). Default false. */
  amsgrad?: boolean | undefined;
}

export const adamFamily = (name: 'adam' | 'adamw', weightDecay: number) =>
  defineRule<AdamOptions>({
    name,
    hyperparameters: {
      learningRate: { range: nonNegative, default: 1e-3 },
      beta1: { range: fraction, default: 0.9 },
      beta2: { range: fraction, default: 0.999 },
      epsilon: { range: nonNegative, default: 1e-8 },
      weightDecay: { range: nonNegative, default: weightDecay },
    },
    flags: { amsgrad: false },
    kernel: ({ amsgrad }) => (amsgrad ? `${name}.amsgrad` : name),
  });

/**
 * Adam: a step size per parameter from bias-corrected moving averages of the gradient and its square.
 *
 *     m ← β₁m + (1 − β₁)g     v ← β₂v + (1 − β₂)g²
 *     θ ← θ − η · m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)
 *
 * Same as PyTorch's `Adam`. Keras adds ε before the bias correction: for its numbers, divide `epsilon` by √(1 − β₂ᵗ).
 * States: `m`, `v`, and `vMax` with `amsgrad`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1) or another number is negative.
 * @see Kingma & Ba 2015, https://arxiv.org/abs/1412.6980
 */
export const adam: (options?: AdamOptions) => Rule = adamFamily('adam', 0);
