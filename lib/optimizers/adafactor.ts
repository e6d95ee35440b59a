import { atMost, nonNegative, positive } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface AdafactorOptions {
  /** η: bound of the relative step, which is min(η, 1/√t). Default 0.01. */
  learningRate?: Hyperparameter | undefined;
  /** The exponent in 1 − β₂ = t^beta2Decay, at most 0. Default −0.8. */
  beta2Decay?: Hyperparameter | undefined;
  /** ε₁: smallest root of a variance. Default 0, which stands for 2⁻²³ in float32 and 2⁻⁵² in float64. */
  epsilon1?: Hyperparameter | undefined;
  /** ε₂: smallest root mean square that parameters count as. Default 1e-3. */
  epsilon2?: Hyperparameter | undefined;
  /** d: largest root mean square of an update. Default 1. */
  clipThreshold?: Hyperparameter | undefined;
  /** λ: θ is multiplied by 1 − ηλ before each step (decoupled). Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

/**
 * Adafactor: steps relative to the size of the parameters, scaled by a variance that is stored as means of rows and
 * columns.
 *
 *     r ← β₂r + (1 − β₂)·mean of g² over columns     c ← β₂c + (1 − β₂)·mean of g² over rows
 *     1 − β₂ = t^beta2Decay
 *     u = g / max(√(rᵢcⱼ/mean r), ε₁)
 *     θ ← (1 − ηλ)θ − max(ε₂, RMS θ) · min(η, 1/√t) · u / max(1, RMS u / d)
 *
 * Parameters need a shape. Arrays of more than two dimensions are batches of matrices. Vectors have a variance per
 * element. Same as PyTorch's `Adafactor`. Optax's is the paper's, with more switches. States: `row` and `column`, or
 * `variance` of a vector.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `beta2Decay` is positive, `clipThreshold` not positive, or another number
 *   negative.
 * @see Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235, algorithms 4 and 5
 */
export const adafactor = defineRule<AdafactorOptions>({
  name: 'adafactor',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 0.01 },
    beta2Decay: { range: atMost(0), default: -0.8 },
    epsilon1: { range: nonNegative, default: 0 },
    epsilon2: { range: nonNegative, default: 1e-3 },
    clipThreshold: { range: positive, default: 1 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  kernel: (_, form) => (form === 'vector' ? 'adafactor.vector' : 'adafactor'),
});
