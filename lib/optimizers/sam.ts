import { checkOptions, orDefault } from '../checks/options.js';
import { nonNegative } from '../checks/ranges.js';
import { checkHyperparameter, defineWrapper, type Hyperparameter, type Rule } from './rule.js';

export interface SamOptions {
  /** ρ, how far the gradient is taken from θ. Default 0.05. */
  radius?: Hyperparameter | undefined;
}

const wrap = defineWrapper('sam', (options: SamOptions) => {
  checkOptions('sam', options, ['radius']);
  return { radius: checkHyperparameter('sam.radius', orDefault(options.radius, 0.05), nonNegative) };
});

/**
 * Sharpness-aware minimisation over any rule: the gradient of a step is taken where the loss is worst nearby.
 *
 *     g = ∇R(θ + ρ · ∇R(θ)/‖∇R(θ)‖)
 *
 * In `fit` each step goes through the minibatch twice. With gradients of your own: compute them at θ, then at the arrays that
 * `optimizer.lookahead(gradients)` returns, and give these to `optimizer.step`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `radius` is negative.
 * @see Foret et al. 2021, https://arxiv.org/abs/2010.01412, algorithm 1
 */
export function sam(rule: Rule, options: SamOptions = {}): Rule {
  return wrap(rule, options);
}
