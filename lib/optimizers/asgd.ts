import { nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface AsgdOptions {
  /** η₀: the initial step size. Default 1e-2. */
  learningRate?: Hyperparameter | undefined;
  /** λ: θ is multiplied by 1 − λη at each step; λ also sets how soon η decays. Default 1e-4. */
  lambda?: Hyperparameter | undefined;
  /** The exponent of the decay of η. Default 0.75. */
  alpha?: Hyperparameter | undefined;
  /** t₀: number of steps before averaging starts. Default 1e6. */
  t0?: Hyperparameter | undefined;
  /** Factor of θ in the gradient, besides λ. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

/**
 * Averaged SGD: steps that decay slowly, and the mean of the resulting parameters.
 *
 *     g ← g + weightDecay · θ     θ ← (1 − λη)θ − ηg     ax ← ax + μ(θ − ax)
 *     then for the next step η = η₀/(1 + λη₀t)^α and μ = 1/max(1, t − t₀)
 *
 * `Optimizer.evaluationParameters` returns the average, and `fit` validates with it. Same as PyTorch's `ASGD`, whose
 * users fetch `ax` themselves. Keras and Optax have no such rule. For other averages, of any rule, see {@link polyak}.
 * State: `ax`, stored exactly. `save` also stores the next η and μ.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a number is negative.
 * @see Polyak & Juditsky 1992, https://doi.org/10.1137/0330046; Xu 2011, https://arxiv.org/abs/1107.2490
 */
export const asgd = defineRule<AsgdOptions>({
  name: 'asgd',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-2 },
    lambda: { range: nonNegative, default: 1e-4 },
    alpha: { range: nonNegative, default: 0.75 },
    t0: { range: nonNegative, default: 1e6 },
    weightDecay: { range: nonNegative, default: 0 },
  },
  kernel: () => 'asgd',
});
