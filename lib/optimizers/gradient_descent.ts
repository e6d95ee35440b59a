import { checkOneOf } from '../checks/options.js';
import { nonNegative } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { checkWolfe, lineSearches, type WolfeOptions } from './line_search.js';
import { checkHyperparameter, defineMethod, type Hyperparameter, type Rule } from './rule.js';

export interface GradientDescentOptions extends WolfeOptions {
  /**
   * η; with a line search, the step that each search tries first. Default: 1/L, where a problem says its smoothness; with a line search,
   * a step of length 1 at most, and later as far as the last one went (`'wolfe'`) or twice that (`'armijo'`).
   */
  learningRate?: Hyperparameter | undefined;
  /** How η is found at each step. Default: it is `learningRate`. */
  lineSearch?: 'armijo' | 'wolfe' | undefined;
}

const make = defineMethod<GradientDescentOptions>(
  'gradientDescent',
  ['learningRate', 'lineSearch', 'sufficientDecrease', 'curvature'],
  ({ learningRate, lineSearch, ...wolfe }) => {
    if (lineSearch !== undefined) checkOneOf('gradientDescent.lineSearch', lineSearch, lineSearches);
    for (const key of ['sufficientDecrease', 'curvature'] as const)
      if (wolfe[key] !== undefined && lineSearch === undefined)
        throw errorWith('ERR_INVALID_ARGUMENT', `gradientDescent: ${key} goes with a lineSearch`);
    return {
      learningRate:
        learningRate === undefined
          ? undefined
          : checkHyperparameter('gradientDescent.learningRate', learningRate, nonNegative),
      lineSearch,
      ...(lineSearch && checkWolfe('gradientDescent', lineSearch, wolfe)),
    };
  },
);

/**
 * Gradient descent with the whole gradient, for `minimize`.
 *
 *     θ ← θ − η∇R(θ)
 *
 * η is `learningRate`, or 1/L, or what a line search finds. The same as `sgd` where the rate is fixed; `sgd` is for `fit` and
 * `Optimizer`, which see gradients alone. Where R is convex and L-smooth, η = 1/L leads to R(θ_t) − R* ≤ L/(2t)·‖θ₀ − θ*‖²; where it is
 * μ-strongly convex as well, R − R* shrinks by 1 − μ/L at each step. Beyond 2/L it may diverge.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` for options that do not fit.
 * @see Nesterov 2018, Lectures on Convex Optimization, 2.1.5; Nocedal & Wright 2006, Numerical Optimization, chapter 3
 */
export function gradientDescent(options: GradientDescentOptions = {}): Rule {
  return make(options);
}
