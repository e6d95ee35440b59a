import { orDefault } from '../checks/options.js';
import { checkNumber, nonNegative, openInterval } from '../checks/ranges.js';
import { defineLoss } from './loss.js';

export interface FocalOptions {
  /** γ, ≥ 0: how much well-classified examples count less. 0 gives `logistic` or `crossEntropy`. Default 2. */
  gamma?: number | undefined;
  /**
   * α, in (0, 1): weight of positive targets; negative ones have 1 − α. For targets of 0 and 1 only. Default: both
   * have the weight 1.
   */
  alpha?: number | undefined;
}

/**
 * Focal loss, for few examples of interest among many that are easy. Outputs z are logits. Targets are 0 and 1 for
 * each output (or numbers in between, which mix both terms), where p = σ(z), summed over outputs; or a class number y
 * for each row, where p = softmax(z).
 *
 *     ℓ = −Σⱼ [α·yⱼ(1 − pⱼ)^γ log pⱼ + (1 − α)(1 − yⱼ)pⱼ^γ log(1 − pⱼ)]
 *     ℓ = −(1 − p_y)^γ log p_y
 *
 * The first is torchvision's `sigmoid_focal_loss`, whose α is 0.25 by default.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` for a γ that is negative, or an α outside (0, 1).
 * @see Lin et al. 2017, https://arxiv.org/abs/1708.02002
 */
export const focal = defineLoss<FocalOptions>({
  name: 'focal',
  options: ['gamma', 'alpha'],
  classifies: true,
  check: ({ gamma, alpha }) => ({
    gamma: checkNumber('gamma', orDefault(gamma, 2), nonNegative),
    ...(alpha !== undefined && { alpha: checkNumber('alpha', alpha, openInterval(0, 1)) }),
  }),
});
