import { fraction, nonNegative } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface SgdOptions {
  /** η. Default 1e-3. */
  learningRate?: Hyperparameter | undefined;
  /** μ: the fraction of the buffer that is kept. Default 0: no buffer. */
  momentum?: Hyperparameter | undefined;
  /**
   * d: the fraction of a gradient that does not enter the buffer; the first gradient enters whole. Needs momentum.
   * Default 0.
   */
  dampening?: Hyperparameter | undefined;
  /** λ, added to the gradient as λθ. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /**
   * Whether steps go along g + μb instead of b (Sutskever et al. 2013, in PyTorch's form). Needs momentum, and no
   * dampening. Default false.
   */
  nesterov?: boolean | undefined;
  /** Whether steps go up the gradient. Default false. */
  maximize?: boolean | undefined;
}

/**
 * Stochastic gradient descent, optionally with heavy-ball or Nesterov momentum.
 *
 *     g ← g + λθ     b ← μb + (1 − d)g, at first b = g
 *     θ ← θ − ηb, or θ − η(g + μb) with `nesterov`
 *
 * Same as PyTorch's `SGD`. Keras puts η into the buffer, and the lecture (1 − μ): see {@link momentum} for the latter.
 * State: `b` if `momentum` is not 0.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `momentum` or `dampening` is outside [0, 1), or another number is negative;
 *   TypeError `ERR_INVALID_ARGUMENT` for options that exclude each other.
 * @see Robbins & Monro 1951; Polyak 1964; Sutskever et al. 2013, http://proceedings.mlr.press/v28/sutskever13.html
 */
export const sgd = defineRule<SgdOptions>({
  name: 'sgd',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-3 },
    momentum: { range: fraction, default: 0 },
    dampening: { range: fraction, default: 0 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  flags: { nesterov: false, maximize: false },
  check: ({ nesterov, momentum, dampening }) => {
    if (momentum === 0 && dampening !== 0)
      throw errorWith('ERR_INVALID_ARGUMENT', 'sgd: dampening needs a momentum above 0');
    if (nesterov && (momentum === 0 || dampening !== 0))
      throw errorWith('ERR_INVALID_ARGUMENT', 'sgd: nesterov needs a momentum above 0 and no dampening');
  },
  kernel: ({ momentum }) => (momentum === 0 ? 'sgd' : 'sgd.momentum'),
});
