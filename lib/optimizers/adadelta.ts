import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface AdadeltaOptions {
  /** η: factor of the updates, without a unit. Default 1. */
  learningRate?: Hyperparameter | undefined;
  /** ρ: the fraction of both averages that is kept. Default 0.9. */
  decay?: Hyperparameter | undefined;
  /** ε, added inside both roots. The first updates are about √ε long. Default 1e-6. */
  epsilon?: Hyperparameter | undefined;
  /** λ, added to the gradient as λθ. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

/**
 * ADADELTA: the root mean square of past updates in place of a step size, so that units agree.
 *
 *     g ← g + λθ     v ← ρv + (1 − ρ)g²
 *     Δ = √(u + ε)/√(v + ε) · g     u ← ρu + (1 − ρ)Δ²     θ ← θ − ηΔ
 *
 * Same as PyTorch's and Optax's `Adadelta`. Keras has other defaults: η 0.001, ρ 0.95, ε 1e-7. States: `v`, `u`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `decay` is outside [0, 1) or another number is negative.
 * @see Zeiler 2012, https://arxiv.org/abs/1212.5701
 */
export const adadelta = defineRule<AdadeltaOptions>({
  name: 'adadelta',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1 },
    decay: { range: fraction, default: 0.9 },
    epsilon: { range: nonNegative, default: 1e-6 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  kernel: () => 'adadelta',
});
