import { checkOneOf } from '../checks/options.js';
import { nonNegative } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { checkWolfe, lineSearches, type WolfeOptions } from './line_search.js';
import { checkHyperparameter, defineMethod, type Hyperparameter } from './rule.js';

export interface GradientDescentOptions extends WolfeOptions {
  /**
   * η, or with a line search the first step that each search tries. Default: 1/L if the problem has a smoothness L.
   * With a line search, a step of length 1 at most, and later the last step (`'wolfe'`) or twice that (`'armijo'`).
   */
  learningRate?: Hyperparameter | undefined;
  /** Search for η at each step. Default: none. */
  lineSearch?: 'armijo' | 'wolfe' | undefined;
}

/**
 * Gradient descent for `minimize`, with the gradient of the whole objective.
 *
 *     θ ← θ − η∇R(θ)
 *
 * η is `learningRate`, 1/L, or the result of a line search. With a fixed rate it equals `sgd`, which is for `fit` and
 * `Optimizer`, where only gradients are known. If R is convex and L-smooth, η = 1/L leads to
 * R(θ_t) − R* ≤ L/(2t)·‖θ₀ − θ*‖². If it is also μ-strongly convex, R − R* shrinks by 1 − μ/L at each step. Beyond 2/L
 * it may diverge.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` for options that don't fit.
 * @see Nesterov 2018, Lectures on Convex Optimization, 2.1.5; Nocedal & Wright 2006, Numerical Optimization, chapter 3
 */
export const gradientDescent = defineMethod<GradientDescentOptions>(
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
