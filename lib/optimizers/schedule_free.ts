import { fraction, nonNegative, type Range } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface ScheduleFreeOptions {
  /** Direction of steps: the gradient, or the gradient over the root of its average square. Default `'sgd'`. */
  base?: 'sgd' | 'adamw' | undefined;
  /** η. Default 1 for `'sgd'`, 2.5e-3 for `'adamw'`. */
  learningRate?: Hyperparameter | undefined;
  /** β: weight of the average x in the gradient point y. Default 0.9; long runs may need 0.95 or 0.98. */
  beta1?: Hyperparameter | undefined;
  /** β₂ of the moving average of the gradient's square, for `'adamw'`. Default 0.999. */
  beta2?: Hyperparameter | undefined;
  /** ε, added to the root of the bias-corrected average; for `'adamw'`. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** λ, added to the direction as λy. Default 0. */
  weightDecay?: Hyperparameter | undefined;
  /** Number of steps over which η grows linearly, from η/warmupSteps. Default 0. */
  warmupSteps?: Hyperparameter | undefined;
  /** r: step t has a weight ∝ tʳ in the average. Default 0. */
  weightStepPower?: Hyperparameter | undefined;
  /** p: a step has a weight ∝ (the largest η so far)ᵖ in the average. Default 2. */
  weightRatePower?: Hyperparameter | undefined;
}

const openFraction: Range = { expected: 'a number in (0, 1)', allows: (x) => x > 0 && x < 1 };

/**
 * Schedule-free learning: an average of all points replaces a decaying learning rate, so the length of the run need not
 * be known.
 *
 *     z ← z − ηd, with d = g + λy for `'sgd'`, g/(√(v/(1 − β₂ᵗ)) + ε) + λy for `'adamw'`
 *     w = tʳ · (the largest η so far)ᵖ     c = w / the sum of all w
 *     x ← (1 − c)x + cz     y ← (1 − β)z + βx
 *
 * The parameters are y, the gradient point. Evaluate the model at x: `optimizer.evaluationParameters()` returns it, and
 * `fit` reports, publishes and ends with it. x is computed as (y − (1 − β)z)/β, and takes no memory.
 *
 * Same as the authors' `SGDScheduleFree` (whose `momentum` is `beta1`) and `AdamWScheduleFree`, whose `train()` and
 * `eval()` put y and x into the parameters. The paper and their early releases have √(1 − β₂ᵗ) in η instead, and
 * therefore in the weights. Here β may change without a change of x. `'sgd'` ignores `beta2` and `epsilon`. States:
 * `z`, and `v` for `'adamw'`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `beta1` is outside (0, 1), `beta2` outside [0, 1), or another number is
 *   negative.
 * @see Defazio et al. 2024, https://arxiv.org/abs/2405.15682; https://github.com/facebookresearch/schedule_free
 */
export const scheduleFree = defineRule<ScheduleFreeOptions>({
  name: 'scheduleFree',
  hyperparameters: {
    learningRate: { range: nonNegative, default: ({ base }) => (base === 'adamw' ? 2.5e-3 : 1) },
    beta1: { range: openFraction, default: 0.9 },
    beta2: { range: fraction, default: 0.999 },
    epsilon: { range: nonNegative, default: 1e-8 },
    weightDecay: { range: nonNegative, default: 0 },
    warmupSteps: { range: nonNegative, default: 0 },
    weightStepPower: { range: nonNegative, default: 0 },
    weightRatePower: { range: nonNegative, default: 2 },
  },
  choices: { base: ['sgd', 'adamw'] },
  kernel: ({ base }) => `scheduleFree.${base}`,
});
