import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface LionOptions {
  /** η, the length of every step. Default 1e-4: a third to a tenth of AdamW's. */
  learningRate?: Hyperparameter | undefined;
  /** β₁: weight of the average in the step's sign. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** β₂: the fraction of the average that is kept. Default 0.99. */
  beta2?: Hyperparameter | undefined;
  /** λ: θ is multiplied by 1 − ηλ before the step. Three to ten times AdamW's. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

/**
 * Lion: steps of length η for each parameter, along the sign of an average of gradients. It has half of Adam's state.
 *
 *     c = β₁m + (1 − β₁)g     m ← β₂m + (1 − β₂)g
 *     θ ← (1 − ηλ)θ − η · sign(c), where sign(0) = 0
 *
 * Same as the authors' code, which shrinks θ first. The paper's algorithm takes both from the old θ, which differs by
 * rounding. Optax's `lion` decays by 1e-3 unless told otherwise, and Keras's `Lion` has a `learning_rate` of 1e-3.
 * State: `m`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1) or another number is negative.
 * @see Chen et al. 2023, https://arxiv.org/abs/2302.06675; https://github.com/google/automl/tree/master/lion
 */
export const lion = defineRule<LionOptions>({
  name: 'lion',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-4 },
    beta1: { range: fraction, default: 0.9 },
    beta2: { range: fraction, default: 0.99 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  kernel: () => 'lion',
});
