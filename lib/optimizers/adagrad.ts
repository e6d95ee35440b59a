import { nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface AdagradOptions {
  /** η. Default 1e-2. */
  learningRate?: Hyperparameter | undefined;
  /** δ, added to the root of the sum of squares, in units of the gradient. Default 1e-10. */
  epsilon?: Hyperparameter | undefined;
  /** Initial value of the sum of squares. Only its value at the first step matters. Default 0. */
  initialAccumulator?: Hyperparameter | undefined;
  /** Growth of the divisor of η per step. Default 0, so η is constant. */
  learningRateDecay?: Hyperparameter | undefined;
  /** λ, added to the gradient as λθ. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

/**
 * AdaGrad: a step size per parameter, which shrinks with the sum of all squared gradients. Useful if some gradients are
 * rare.
 *
 *     g ← g + λθ     v ← v + g²
 *     θ ← θ − η/(1 + (t − 1) · learningRateDecay) · g/(√v + δ)
 *
 * Same as PyTorch's `Adagrad`. Keras and Optax start the sum at 0.1 and add an ε of 1e-7 inside the root. State: `v`,
 * stored exactly, because few bits can't represent a growing sum.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a number is negative.
 * @see Duchi, Hazan & Singer 2011, https://jmlr.org/papers/v12/duchi11a.html
 */
export const adagrad = defineRule<AdagradOptions>({
  name: 'adagrad',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-2 },
    epsilon: { range: nonNegative, default: 1e-10 },
    initialAccumulator: { range: nonNegative, default: 0 },
    learningRateDecay: { range: nonNegative, default: 0 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  kernel: () => 'adagrad',
});
