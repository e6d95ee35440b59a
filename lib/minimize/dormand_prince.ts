import type { FloatArray } from '../addon/index.js';
import { floats, typeOf } from '../numbers/memory.js';
import type { Evaluator, Point } from './evaluation.js';

/** a: stage i is evaluated at θ + hΣ a_ij k_j. The last row is b, which gives the step itself. */
const stages: readonly (readonly number[])[] = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];

/** e = b − b̂: the error of the embedded step of order 4 is hΣ e_i k_i. */
const errorWeights = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

/** d: the last term of the continuous extension is σ²(1 − σ)²hΣ d_i k_i. */
const denseWeights = [
  -12715105075 / 11282082432,
  0,
  87487479700 / 32700410799,
  -10690763975 / 1880347072,
  701980252875 / 199316789632,
  -1453857185 / 822651844,
  69997945 / 29380423,
];

/** A step of the flow. */
export interface FlowStep {
  readonly to: Point;
  /** θ at the fraction σ of the step. */
  between(share: number): FloatArray;
}

/** hΣ w_i k_i, with k = −∇R. */
function combination(h: number, weights: readonly number[], points: readonly Point[]): FloatArray {
  const { theta } = points[0]!;
  const sum = floats(typeOf(theta), theta.length);
  for (let i = 0; i < sum.length; ++i) {
    let slope = 0;
    for (let j = 0; j < weights.length; ++j) slope -= weights[j]! * points[j]!.gradient[i]!;
    sum[i] = h * slope;
  }
  return sum;
}

/**
 * A step of θ̇ = −∇R by the explicit Runge–Kutta method of order 5 with an embedded method of order 4 (Dormand & Prince
 * 1980). It has seven stages; the last is the first one of the next step. `between` is its continuous extension of
 * order 4 (Hairer, Nørsett & Wanner 1993, Solving Ordinary Differential Equations I, II.5 and II.6). `error` estimates
 * the error of each number.
 */
export function dormandPrinceStep(evaluator: Evaluator, from: Point, h: number): FlowStep & { error: FloatArray } {
  const points = [from];
  for (const weights of stages.slice(1)) {
    const theta = combination(h, weights, points);
    for (let i = 0; i < theta.length; ++i) theta[i]! += from.theta[i]!;
    points.push(evaluator.at(theta));
  }
  const to = points.at(-1)!;
  const dense = combination(h, denseWeights, points);
  return {
    to,
    error: combination(h, errorWeights, points),
    between: (share) =>
      from.theta.map((theta, i) => {
        const rest = 1 - share;
        const change = to.theta[i]! - theta;
        const bend = -h * from.gradient[i]! - change;
        const twist = change + h * to.gradient[i]! - bend;
        return theta + share * (change + rest * (bend + share * (twist + rest * dense[i]!)));
      }),
  };
}
