import { atMost, nonNegative, positive } from '../checks/ranges.js';
import { defineRule, type Hyperparameter, type Rule } from './rule.js';

export interface AdafactorOptions {
  /** The largest relative step ρ; a step's is min(η, 1/√t). Default 0.01. */
  learningRate?: Hyperparameter | undefined;
  /** The exponent of 1 − β₂ = t^(this), at most 0. Default −0.8. */
  beta2Decay?: Hyperparameter | undefined;
  /** ε₁: the least root of a variance. Default: the spacing of the parameters' numbers at 1, 2⁻²³ or 2⁻⁵². */
  epsilon1?: Hyperparameter | undefined;
  /** ε₂: the least root mean square that parameters count as. Default 1e-3. */
  epsilon2?: Hyperparameter | undefined;
  /** d: the root mean square that an update is held to. Default 1. */
  clipThreshold?: Hyperparameter | undefined;
  /** λ: θ shrinks by the factor 1 − ηλ before each step (decoupled). Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

const make = defineRule({
  name: 'adafactor',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 0.01 },
    beta2Decay: { range: atMost(0), default: -0.8 },
    epsilon1: { range: nonNegative, default: 0 },
    epsilon2: { range: nonNegative, default: 1e-3 },
    clipThreshold: { range: positive, default: 1 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  kernel: (_, isMatrix) => (isMatrix ? 'adafactor' : 'adafactor.vector'),
});

/**
 * Adafactor: steps relative to the size of the parameters, scaled by a variance that is kept as the means of rows and columns.
 *
 *     r ← β₂r + (1 − β₂)·mean of g² over columns     c ← β₂c + (1 − β₂)·mean of g² over rows     1 − β₂ = t^−0.8
 *     u = g / max(√(rᵢcⱼ/mean r), ε₁)
 *     θ ← (1 − ηλ)θ − max(ε₂, RMS θ) · min(η, 1/√t) · u / max(1, RMS u / d)
 *
 * Parameters need a shape. One of more than two sides is a batch of matrices. Vectors keep the variance of each element. Same as
 * PyTorch's `Adafactor`; `epsilon1: 0` stands for its default. Optax's is the paper's, with more switches. States: `row` and
 * `column`, or `variance` of a vector.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `beta2Decay` is positive, `clipThreshold` not positive, or another number negative.
 * @see Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235, algorithms 4 and 5
 */
export function adafactor(options: AdafactorOptions = {}): Rule {
  return make(options);
}
