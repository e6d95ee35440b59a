import { checkOptions, orDefault } from '../checks/options.js';
import { nonNegative } from '../checks/ranges.js';
import { checkHyperparameter, defineWrapper, type Hyperparameter } from './rule.js';

export interface SamOptions {
  /** ρ: distance of the gradient point from θ. Default 0.05. */
  radius?: Hyperparameter | undefined;
}

/**
 * Sharpness-aware minimisation around any rule: the gradient of a step is taken near θ where the loss is largest, to
 * first order.
 *
 *     g = ∇R(θ + ρ · ∇R(θ)/‖∇R(θ)‖)
 *
 * In `fit`, each step passes the minibatch through the network twice. With your own gradients: compute them at θ, then
 * at the arrays that `optimizer.gradientPoints(gradients)` returns, and pass the second ones to `optimizer.step`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `radius` is negative.
 * @see Foret et al. 2021, https://arxiv.org/abs/2010.01412, algorithm 1
 */
export const sam = defineWrapper('sam', (options: SamOptions) => {
  checkOptions('sam', options, ['radius']);
  return { radius: checkHyperparameter('sam.radius', orDefault(options.radius, 0.05), nonNegative) };
});
