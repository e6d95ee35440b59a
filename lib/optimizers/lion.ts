import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter, type Rule } from './rule.js';

export interface LionOptions {
  /** η, the length of every step. Default 1e-4: a third to a tenth of AdamW's. */
  learningRate?: Hyperparameter | undefined;
  /** β₁, the share of the average in the step's sign. Default 0.9. */
  beta1?: Hyperparameter | undefined;
  /** β₂, the share of the average that is kept. Default 0.99. */
  beta2?: Hyperparameter | undefined;
  /** λ, by which θ shrinks as 1 − ηλ before the step; three to ten times AdamW's. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

const make = defineRule({
  name: 'lion',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-4 },
    beta1: { range: fraction, default: 0.9 },
    beta2: { range: fraction, default: 0.99 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  kernel: () => 'lion',
});

/**
 * Lion: steps of one length along the sign of an average of gradients, half the state of Adam.
 *
 *     c = β₁m + (1 − β₁)g     m ← β₂m + (1 − β₂)g
 *     θ ← (1 − ηλ)θ − η · sign(c), where sign(0) = 0
 *
 * Same as the authors' code, which shrinks θ first; in the paper's algorithm both are taken from the old θ, which is the same up to
 * rounding. Optax's `lion` decays by 1e-3 unless told otherwise, and Keras's `Lion` has a `learning_rate` of 1e-3. State: `m`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1) or another number is negative.
 * @see Chen et al. 2023, https://arxiv.org/abs/2302.06675; https://github.com/google/automl/tree/master/lion
 */
export function lion(options: LionOptions = {}): Rule {
  return make(options);
}
