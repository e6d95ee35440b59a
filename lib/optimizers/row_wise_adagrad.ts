import { nonNegative } from '../checks/ranges.js';
import { defineRule, type Hyperparameter } from './rule.js';

export interface RowWiseAdagradOptions {
  /** η. Default 1e-2. */
  learningRate?: Hyperparameter | undefined;
  /** δ, added to the root of the sum of mean squares, in units of the gradient. Default 1e-8. */
  epsilon?: Hyperparameter | undefined;
  /** Initial value of the sums. Only its value at the first step matters. Default 0. */
  initialAccumulator?: Hyperparameter | undefined;
  /** Growth of the divisor of η per step. Default 0, so η is constant. */
  learningRateDecay?: Hyperparameter | undefined;
}

/**
 * AdaGrad with one step size per row of a matrix, for tables of embeddings. The state is one number per row.
 *
 *     vᵢ ← vᵢ + mean over j of gᵢⱼ²
 *     θᵢⱼ ← θᵢⱼ − η/(1 + (t − 1) · learningRateDecay) · gᵢⱼ/(√vᵢ + δ)
 *
 * Same as FBGEMM's exact row-wise AdaGrad. Parameters need a shape, whose last side is the length of a row; a vector is
 * one row. Rows with a gradient of zero don't change, so sparse gradients leave nothing to make up for. State: `v`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a number is negative.
 * @see Naumov et al. 2019, https://arxiv.org/abs/1906.00091
 */
export const rowWiseAdagrad = defineRule<RowWiseAdagradOptions>({
  name: 'rowWiseAdagrad',
  hyperparameters: {
    learningRate: { range: nonNegative, default: 1e-2 },
    epsilon: { range: nonNegative, default: 1e-8 },
    initialAccumulator: { range: nonNegative, default: 0 },
    learningRateDecay: { range: nonNegative, default: 0 },
  },
  kernel: () => 'rowWiseAdagrad',
});
