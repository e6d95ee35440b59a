import { nonNegative } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { plus, scaled } from '../numbers/vectors.js';
import type { LineSearch } from '../optimizers/line_search.js';
import { type Hyperparameter, scheduled } from '../optimizers/rule.js';
import { cautious, rayFrom, searches } from './line_search.js';
import type { MethodStart, Steps } from './method.js';

/** Steps θ ← θ − η∇R(θ). */
export function* gradientDescentSteps({ evaluator, start, method, smoothness }: MethodStart): Steps {
  const { learningRate, lineSearch } = method as { learningRate?: Hyperparameter; lineSearch?: LineSearch };
  const rateAt = (step: number) =>
    learningRate === undefined ? undefined : scheduled('gradientDescent.learningRate', learningRate, step, nonNegative);
  let at = start;
  if (lineSearch === undefined) {
    if (learningRate === undefined && smoothness === undefined)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'gradientDescent needs a learningRate, or lineSearch: "armijo" or "wolfe", because the smoothness of the objective is not known',
      );
    for (let step = 0; ; ++step) {
      at = evaluator.at(plus(at.theta, -(rateAt(step) ?? 1 / smoothness!), at.gradient));
      yield at;
    }
  }
  // A backtracking search only shrinks its first step, so that has to be larger than the last step.
  const growth = lineSearch === 'armijo' ? 2 : 1;
  let next = cautious(start);
  for (let step = 0; ; ++step) {
    const ray = rayFrom(evaluator, at, scaled(-1, at.gradient));
    const found = searches[lineSearch](ray, rateAt(step) ?? next, method);
    if (!found) return 'lineSearchFailed';
    next = growth * found.step;
    at = found;
    yield at;
  }
}
