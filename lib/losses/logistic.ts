import { orDefault } from '../checks/options.js';
import { checkNumber, positive, wholeShare } from '../checks/ranges.js';
import { defineLoss } from './loss.js';

export interface LogisticOptions {
  /** s, in [0, 1]: how far targets are moved towards ½. Default 0. */
  labelSmoothing?: number | undefined;
  /** p, > 0: weight of positive targets relative to negative ones. Default 1. */
  positiveWeight?: number | undefined;
}

/**
 * Logistic loss, summed over outputs, each of which answers yes or no. Outputs z are logits; targets y are 0, 1 or
 * probabilities.
 *
 *     ℓ = −Σⱼ [p·y′ⱼ log σ(zⱼ) + (1 − y′ⱼ) log(1 − σ(zⱼ))]     y′ = (1 − s) y + s/2
 *
 * PyTorch's `BCEWithLogitsLoss(pos_weight=p)` takes the mean over outputs. s is as in Keras.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` for a smoothing outside [0, 1] or a weight that is not positive.
 */
export const logistic = defineLoss<LogisticOptions>({
  name: 'logistic',
  options: ['labelSmoothing', 'positiveWeight'],
  classifies: true,
  check: ({ labelSmoothing, positiveWeight }) => ({
    labelSmoothing: checkNumber('labelSmoothing', orDefault(labelSmoothing, 0), wholeShare),
    positiveWeight: checkNumber('positiveWeight', orDefault(positiveWeight, 1), positive),
  }),
});
