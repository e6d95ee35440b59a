import { checkOneOf, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { checkWolfe, lineSearches, type WolfeOptions } from './line_search.js';
import { defineMethod, type Rule } from './rule.js';

export interface LbfgsOptions extends WolfeOptions {
  /** m, of how many steps the curvature is remembered. Default 10. */
  history?: number | undefined;
  /** Default `'wolfe'`, which makes sure that each step measures a positive curvature. */
  lineSearch?: 'wolfe' | 'armijo' | undefined;
}

const make = defineMethod<LbfgsOptions>(
  'lbfgs',
  ['history', 'lineSearch', 'sufficientDecrease', 'curvature'],
  (options) => {
    const lineSearch = checkOneOf('lbfgs.lineSearch', orDefault(options.lineSearch, 'wolfe'), lineSearches);
    return {
      history: checkInteger('lbfgs.history', orDefault(options.history, 10), 1),
      lineSearch,
      ...checkWolfe('lbfgs', lineSearch, options),
    };
  },
);

/**
 * Limited-memory BFGS with the whole gradient, for `minimize`: steps along −H∇R(θ), where H makes the inverse Hessian of the last m
 * steps s = θ_{t+1} − θ_t and of what they changed in the gradient, y.
 *
 *     H₀ = sᵀy/yᵀy of the last step     H ← (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ, ρ = 1/yᵀs, from the oldest pair to the newest
 *     θ ← θ + αp, p = −H∇R(θ)
 *
 * α = 1 is tried first (at the first step, the one that moves θ by 1 at most), then a line search goes on. Pairs without curvature,
 * sᵀy ≤ ε‖y‖², are left out. Where the search fails, another one follows the gradient itself, and H begins anew.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` for options that do not fit.
 * @see Liu & Nocedal 1989; Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4, 7.5 and 3.5, 3.6
 */
export function lbfgs(options: LbfgsOptions = {}): Rule {
  return make(options);
}
