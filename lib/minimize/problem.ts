import type { FloatArray } from '../addon/index.js';
import type { Dataset } from '../data/dataset.js';
import type { LossLike } from '../losses/loss.js';
import type { Network } from '../training/network.js';

/**
 * A function R to be minimised. Given θ it returns R(θ) and writes every number of ∇R(θ) into the second argument,
 * whose previous contents have no meaning. Or it returns both, as `model.gradient` does. It must not change θ, and must
 * not keep either array.
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

/** An objective with known properties. */
export interface Problem {
  readonly name: string;
  readonly objective: Objective;
  /** The initial θ. */
  readonly start: ArrayLike<number>;
  /** The shape of θ, for rules that work on matrices. Default: one dimension. */
  readonly shape?: readonly number[] | undefined;
  /** The minimisers. */
  readonly minima?: readonly ArrayLike<number>[] | undefined;
  /** The value at the minimisers. */
  readonly least?: number | undefined;
  /** L, if the gradient is L-Lipschitz: an upper bound of the Hessian's eigenvalues. */
  readonly smoothness?: number | undefined;
  /** μ, if it is μ-strongly convex: a lower bound of the Hessian's eigenvalues. */
  readonly strongConvexity?: number | undefined;
  /** The product of the Hessian at θ with a vector. */
  readonly hessianVectorProduct?: ((theta: FloatArray, vector: FloatArray) => FloatArray) | undefined;
}

/** The mean loss of a model over a dataset, as a function of the model's parameters. */
export interface Risk {
  readonly model: Network;
  readonly data: Dataset;
  readonly loss: LossLike;
}
