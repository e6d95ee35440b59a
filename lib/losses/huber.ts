import { orDefault } from '../checks/options.js';
import { checkNumber, positive } from '../checks/ranges.js';
import { defineLoss } from './loss.js';

export interface HuberOptions {
  /** δ, > 0: errors up to δ are squared. Default 1. */
  delta?: number | undefined;
}

/**
 * Huber loss: squared near the target, linear beyond, so that outliers don't dominate. Summed over the outputs z of a
 * row.
 *
 *     ℓ = Σⱼ ½eⱼ² where |eⱼ| ≤ δ, else δ(|eⱼ| − ½δ)     e = z − t
 *
 * PyTorch's `HuberLoss` takes the mean over outputs. Its `SmoothL1Loss(beta=δ)` is that divided by δ.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` for a δ that is not positive.
 * @see Huber 1964, https://doi.org/10.1214/aoms/1177703732
 */
export const huber = defineLoss<HuberOptions>({
  name: 'huber',
  options: ['delta'],
  check: ({ delta }) => ({ delta: checkNumber('delta', orDefault(delta, 1), positive) }),
});
