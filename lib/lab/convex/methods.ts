import { accelerated } from '../../optimizers/accelerated.js';
import { gradientDescent } from '../../optimizers/gradient_descent.js';
import type { Rule } from '../../optimizers/rule.js';
import type { Color } from '../../pages/figure.js';
import type { ConvexProblem } from '../problems/quadratic.js';

/** A method for strongly convex problems, and what theory says of it. */
export interface Method {
  readonly name: string;
  readonly color: Color;
  rule(problem: ConvexProblem): Rule;
  /** p, where a step takes κ⁻ᵖ off R − R*, so that steps grow as κᵖ. */
  readonly power: number;
}

/** With η = stepFactor/L. */
export const plain = (stepFactor: number): Method => ({
  name: 'gradient descent',
  color: 'blue',
  rule: ({ smoothness }) => gradientDescent({ learningRate: stepFactor / smoothness }),
  power: 1,
});

/** With η = stepFactor/L, and μ known, which counts for 1/η at most. */
export const fast = (stepFactor: number): Method => ({
  name: 'accelerated',
  color: 'orange',
  rule({ smoothness, strongConvexity }) {
    const learningRate = stepFactor / smoothness;
    return accelerated({ learningRate, strongConvexity: Math.min(strongConvexity, 1 / learningRate) });
  },
  power: 1 / 2,
});
