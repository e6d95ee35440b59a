import { errorWith } from '../errors.js';
import { dot, plus, scaled } from '../numbers/vectors.js';
import type { AcceleratedOptions } from '../optimizers/accelerated.js';
import type { Point } from './evaluation.js';
import type { MethodStart, Steps } from './method.js';

/** Steps y = θ_t + β(θ_t − θ_{t−1}), θ_{t+1} = y − η∇R(y). */
export function* acceleratedSteps({ evaluator, start, method, smoothness: known }: MethodStart): Steps {
  const { learningRate, smoothness = known, strongConvexity, restart } = method as AcceleratedOptions;
  if (learningRate === undefined && smoothness === undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      'accelerated needs a learningRate or a smoothness L, because that of the objective is not known',
    );
  const rate = learningRate ?? 1 / smoothness!;
  const momentum = momentumOf(rate, strongConvexity);
  let at = start;
  let change = scaled(0, at.theta);
  for (let k = 1; ; ++k) {
    const beta = at === start ? 0 : momentum(k);
    const ahead = beta === 0 ? at : evaluator.at(plus(at.theta, beta, change));
    const next = evaluator.at(plus(ahead.theta, -rate, ahead.gradient));
    change = plus(next.theta, -1, at.theta);
    if (restart !== undefined && leadsUphill[restart](at, ahead, next, change)) k = 0;
    at = next;
    yield at;
  }
}

/** β of the kth step since the last restart. */
function momentumOf(rate: number, strongConvexity: number | undefined): (k: number) => number {
  if (strongConvexity === undefined) return (k) => (k - 1) / (k + 2);
  const root = Math.sqrt(1 / (rate * strongConvexity));
  if (root < 1)
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `accelerated.strongConvexity is ${strongConvexity}, but can't exceed L, ${1 / rate}`,
    );
  return () => (root - 1) / (root + 1);
}

/** Tests of restarts (O'Donoghue & Candès 2015, section 3.2). */
const leadsUphill = {
  gradient: (_: Point, ahead: Point, __: Point, change: ArrayLike<number>) => dot(ahead.gradient, change) > 0,
  function: (at: Point, _: Point, next: Point) => next.loss > at.loss,
} as const;
