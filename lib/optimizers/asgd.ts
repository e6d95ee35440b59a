import { nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter, type Rule } from './rule.js';

export interface AsgdOptions {
  /** η₀, the step size that the decay starts from. Default 1e-2. */
  learningRate?: Hyperparameter | undefined;
  /** λ, by which θ shrinks: a factor 1 − λη per step; it also says how soon η decays. Default 1e-4. */
  lambda?: Hyperparameter | undefined;
  /** The power of the decay of η. Default 0.75. */
  alpha?: Hyperparameter | undefined;
  /** t₀, the number of steps after which averaging starts. Default 1e6. */
  t0?: Hyperparameter | undefined;
  /** Added to the gradient as weightDecay · θ, besides λ. Default 0. */
  weightDecay?: Hyperparameter | undefined;
}

const make = defineRule({
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

/**
 * Averaged SGD: steps that decay slowly, and the mean of the parameters that they lead to.
 *
 *     g ← g + weightDecay · θ     θ ← (1 − λη)θ − ηg     ax ← ax + μ(θ − ax)
 *     then for the next step η = η₀/(1 + λη₀t)^α and μ = 1/max(1, t − t₀)
 *
 * The average is what `Optimizer.evaluationParameters` gives, and what `fit` validates. Same as PyTorch's `ASGD`, which
 * leaves it to its users to fetch `ax`. Keras and Optax have no such rule: for other averages over any rule, see {@link polyak}. State: `ax`, stored
 * exactly, and the next η and μ, of which `save` takes care.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a number is negative.
 * @see Polyak & Juditsky 1992, https://doi.org/10.1137/0330046; Xu 2011, https://arxiv.org/abs/1107.2490
 */
export function asgd(options: AsgdOptions = {}): Rule {
  return make(options);
}
