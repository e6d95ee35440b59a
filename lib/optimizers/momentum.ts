import { fraction, nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface MomentumOptions {
  /** η. Default 1e-3. */
  learningRate?: Hyperparameter | undefined;
  /** α: the fraction of the average that is kept. Default 0.9. */
  decay?: Hyperparameter | undefined;
  /** Whether the average is divided by 1 − αᵗ, so that early steps are not too short. Default true. */
  biasCorrection?: boolean | undefined;
  /**
   * Whether the gradient point is θ + ηα·m̂(t−1), where the old average alone would lead; see {@link Optimizer.gradientPoints}.
   * Default false.
   */
  nesterov?: boolean | undefined;
}

/**
 * Momentum as an exponential moving average of descent directions, with bias correction.
 *
 *     m ← αm − (1 − α)g     θ ← θ + η · m/(1 − αᵗ)
 *
 * PyTorch's `SGD` has no factor (1 − α) and starts from the first gradient: in the steady state its η is ours times
 * (1 − α). State: `m`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `decay` is outside [0, 1) or `learningRate` negative.
 * @see Polyak 1964; Nesterov 1983; Sutskever et al. 2013, section 2; Goodfellow, Bengio & Courville 2016, section 8.3.2
 */
export const momentum = defineRule<MomentumOptions>({
  name: 'momentum',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-3 },
    decay: { range: fraction, default: 0.9 },
  },
  flags: { biasCorrection: true, nesterov: false },
  kernel: ({ nesterov }) => (nesterov ? 'momentum.nesterov' : 'momentum'),
});
