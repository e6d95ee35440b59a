import type { FloatArray } from '../addon/index.js';
import type { Dataset } from '../data/dataset.js';
import type { LossLike } from '../losses/loss.js';
import type { Network } from '../training/network.js';

/**
 * A function R to be minimised. Given θ it returns R(θ), and writes ∇R(θ) into the array given for it, every number of it: what that
 * holds before is of no meaning. Or it returns both, as `model.gradient` does. It keeps neither array, and leaves θ as it is.
 *
 * @example
 * const bowl = ([x, y], gradient) => {
 *   gradient[0] = 2 * x;
 *   gradient[1] = 20 * y;
 *   return x ** 2 + 10 * y ** 2;
 * };
 */
export type Objective = (
  theta: FloatArray,
  gradient: FloatArray,
) => number | { loss: number; gradient: ArrayLike<number> };

/** An objective with what is known of it. */
export interface Problem {
  readonly name: string;
  readonly objective: Objective;
  /** Where to begin. */
  readonly start: ArrayLike<number>;
  /** The shape of θ, for rules that work on matrices. Default: one dimension. */
  readonly shape?: readonly number[] | undefined;
  /** The points where the objective is least. */
  readonly minima?: readonly ArrayLike<number>[] | undefined;
  /** The objective's value at its minima. */
  readonly least?: number | undefined;
  /** L, where the gradient is L-Lipschitz: the largest eigenvalue that its Hessian can have. */
  readonly smoothness?: number | undefined;
  /** μ, where it is μ-strongly convex: the smallest eigenvalue that its Hessian can have. */
  readonly strongConvexity?: number | undefined;
  /** The Hessian at θ times a vector. */
  readonly hessianVectorProduct?: ((theta: FloatArray, vector: FloatArray) => FloatArray) | undefined;
}

/** The mean loss of a model over a dataset, as a function of the model's parameters. */
export interface Risk {
  readonly model: Network;
  readonly data: Dataset;
  readonly loss: LossLike;
}
