import { fraction, nonNegative } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface RmspropOptions {
  /** η. Default 1e-2. */
  learningRate?: Hyperparameter | undefined;
  /** ρ: the fraction of the average of squares that is kept. Default 0.99. */
  decay?: Hyperparameter | undefined;
  /** ε, added to the root of that average, in units of the gradient. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** μ: the fraction of the buffer of divided gradients that is kept. Default 0: no buffer. */
  momentum?: Hyperparameter | undefined;
  /** λ, added to the gradient as λθ. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /**
   * Whether the divisor is the standard deviation of the gradient instead of its root mean square (Graves 2013).
   * Default false.
   */
  centered?: boolean | undefined;
  /**
   * Whether v is an average. If not, it is the lecture's sum v ← ρv + g², which is 1/(1 − ρ) times as large. Must be
   * true with `centered`. Default true.
   */
  normalized?: boolean | undefined;
  /**
   * Whether v (with `centered`, v − m²) is divided by 1 − ρᵗ, so that early steps are not too long. Default false.
   */
  biasCorrection?: boolean | undefined;
}

/**
 * RMSProp: a step size per parameter from a moving average of the squared gradient.
 *
 *     g ← g + λθ     v ← ρv + (1 − ρ)g²     γ² = v
 *     θ ← θ − η · g/(γ + ε)
 *
 * With `centered`, also m ← ρm + (1 − ρ)g and γ² = v − m², or 0 where rounding would make it negative. With `momentum`,
 * b ← μb + g/(γ + ε) and θ ← θ − ηb.
 *
 * Same as PyTorch's `RMSprop`, which has neither `normalized` nor `biasCorrection`, and gives NaN where v − m² < 0.
 * Keras (ρ 0.9, ε 1e-7) and Optax (ρ 0.9) add ε inside the root and put η into the buffer. With `biasCorrection` it is
 * {@link adam} with β₁ = 0; Optax with `centered` corrects m as well, which makes γ = 0 at the first step.
 *
 * States: `v`; with `centered` also `m`, and both are then stored exactly, because v and m² nearly cancel; `b` if
 * `momentum` is not 0.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `decay` or `momentum` is outside [0, 1), or another number is negative;
 *   TypeError `ERR_INVALID_ARGUMENT` for `centered` without `normalized`.
 * @see Tieleman & Hinton 2012, https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf; Graves 2013,
 *   https://arxiv.org/abs/1308.0850
 */
export const rmsprop = defineRule<RmspropOptions>({
  name: 'rmsprop',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-2 },
    decay: { range: fraction, default: 0.99 },
    epsilon: { range: nonNegative, default: 1e-8 },
    momentum: { range: fraction, default: 0 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  flags: { centered: false, normalized: true, biasCorrection: false },
  check: ({ centered, normalized }) => {
    if (centered && !normalized)
      throw errorWith('ERR_INVALID_ARGUMENT', 'rmsprop: centered needs averages, so normalized must be true');
  },
  kernel: ({ centered, momentum }) => `rmsprop${centered ? '.centered' : ''}${momentum === 0 ? '' : '.momentum'}`,
});
