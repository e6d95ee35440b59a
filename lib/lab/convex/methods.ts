import { accelerated } from '../../optimizers/accelerated.js';
import { gradientDescent } from '../../optimizers/gradient_descent.js';
import type { Rule } from '../../optimizers/rule.js';
import type { Color } from '../../pages/figure.js';
import type { ConvexProblem } from '../problems/quadratic.js';

/** A method for strongly convex problems, and its rate in theory. */
export interface Method {
  readonly name: string;
  readonly color: Color;
  rule(problem: ConvexProblem): Rule;
  /** p, where a step multiplies R − R* by 1 − κ⁻ᵖ, so that the number of steps grows as κᵖ. */
  readonly power: number;
}

/** Gradient descent with η = stepFactor/L. */
export const plain = (stepFactor: number): Method => ({
  name: 'gradient descent',
  color: 'blue',
  rule: ({ smoothness }) => gradientDescent({ learningRate: stepFactor / smoothness }),
  power: 1,
});

/** Acceleration with η = stepFactor/L and the problem's μ, or 1/η if that is smaller. */
export const fast = (stepFactor: number): Method => ({
  name: 'accelerated',
  color: 'orange',
  rule({ smoothness, strongConvexity }) {
    const learningRate = stepFactor / smoothness;
    return accelerated({ learningRate, strongConvexity: Math.min(strongConvexity, 1 / learningRate) });
  },
  power: 1 / 2,
});
