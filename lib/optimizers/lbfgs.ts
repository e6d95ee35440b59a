import { checkOneOf, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { checkWolfe, lineSearches, type WolfeOptions } from './line_search.js';
import { defineMethod } from './rule.js';

export interface LbfgsOptions extends WolfeOptions {
  /** m: number of past steps whose curvature is remembered. Default 10. */
  history?: number | undefined;
  /** The line search. Default `'wolfe'`, which ensures that each step measures a positive curvature. */
  lineSearch?: 'wolfe' | 'armijo' | undefined;
}

/**
 * Limited-memory BFGS for `minimize`, with the gradient of the whole objective. Steps go along −H∇R(θ), where H
 * approximates the inverse Hessian from the last m steps s = θ_{t+1} − θ_t and their changes of the gradient, y.
 *
 *     H₀ = sᵀy/yᵀy of the last step     H ← (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ, ρ = 1/yᵀs, from the oldest pair to the newest
 *     θ ← θ + αp, p = −H∇R(θ)
 *
 * The line search first tries α = 1, or at the first step the α that moves θ by min(1, ‖∇R‖). Pairs without curvature,
 * sᵀy ≤ ε‖y‖² with ε = 2⁻⁵², are left out. If the search fails, H is reset, and another search follows −∇R(θ).
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` for options that don't fit.
 * @see Liu & Nocedal 1989; Nocedal & Wright 2006, Numerical Optimization, algorithms 7.4, 7.5 and 3.5, 3.6
 */
export const lbfgs = defineMethod<LbfgsOptions>(
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
