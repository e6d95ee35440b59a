import { accelerated, gradientDescent, type Method } from '../../index.js';
import type { Color } from '../../pages/index.js';
import type { ConvexProblem } from '../problems/quadratic.js';

/** A method for strongly convex problems, and its rate in theory. */
export interface ConvexMethod {
  readonly name: string;
  readonly color: Color;
  rule(problem: ConvexProblem): Method;
  /** η and β of θ(t+1) = y − η∇R(y), y = θ(t) + β(θ(t) − θ(t−1)). */
  constants(problem: ConvexProblem): { readonly learningRate: number; readonly momentum: number };
  /** p, where a step multiplies R − R* by 1 − κ⁻ᵖ, so that the number of steps grows as κᵖ. */
  readonly power: number;
  /** The names of a method with another p, and of constants with an error of 1 %. */
  readonly counterModels: { readonly method: string; readonly constants: string };
  /** The method of another p. */
  wrongRule(problem: ConvexProblem): Method;
  /** The factors of η and β in the constants with an error. */
  readonly wrongFactors: { readonly learningRate: number; readonly momentum: number };
}

/** Gradient descent with η = stepFactor/L. */
export const plain = (stepFactor: number): ConvexMethod => ({
  name: 'gradient descent',
  color: 'blue',
  rule: ({ smoothness }) => gradientDescent({ learningRate: stepFactor / smoothness }),
  constants: ({ smoothness }) => ({ learningRate: stepFactor / smoothness, momentum: 0 }),
  power: 1,
  counterModels: {
    method: 'acceleration in place of gradient descent',
    constants: 'a formula in which η is 1 % larger',
  },
  wrongRule: (problem) => fast(stepFactor).rule(problem),
  wrongFactors: { learningRate: 1.01, momentum: 1 },
});

/** Acceleration with η = stepFactor/L and the problem's μ, or 1/η if that is smaller. */
export const fast = (stepFactor: number): ConvexMethod => {
  const rates = ({ smoothness, strongConvexity }: ConvexProblem) => {
    const learningRate = stepFactor / smoothness;
    return { learningRate, strongConvexity: Math.min(strongConvexity, 1 / learningRate) };
  };
  return {
    name: 'accelerated',
    color: 'orange',
    rule: (problem) => accelerated(rates(problem)),
    constants(problem) {
      const { learningRate, strongConvexity } = rates(problem);
      const root = Math.sqrt(1 / (learningRate * strongConvexity));
      return { learningRate, momentum: (root - 1) / (root + 1) };
    },
    power: 1 / 2,
    counterModels: { method: 'a momentum of ½ for every κ', constants: 'a formula in which β is 1 % smaller' },
    wrongRule(problem) {
      const { learningRate } = rates(problem);
      return accelerated({ learningRate, strongConvexity: 1 / (9 * learningRate) }); // (√9 − 1)/(√9 + 1) = ½
    },
    wrongFactors: { learningRate: 1, momentum: 0.99 },
  };
};
