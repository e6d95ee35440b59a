import { checkArray } from '../checks/lists.js';
import { orDefault } from '../checks/options.js';
import { checkNumber, nonNegative, wholeShare } from '../checks/ranges.js';
import { isDetached, isFloatArray, lengthOf } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { defineLoss } from './loss.js';

export interface CrossEntropyOptions {
  /** s, in [0, 1]: how much of each target is spread evenly over the classes. Default 0. */
  labelSmoothing?: number | undefined;
  /** w, ≥ 0, one for each class. Default: all classes count alike. */
  classWeights?: ArrayLike<number> | undefined;
}

/**
 * Cross-entropy of softmax, for one of K classes. Outputs z are logits.
 *
 *     ℓ = −Σⱼ wⱼ p′ⱼ log softmax(z)ⱼ     p′ = (1 − s) p + s/K
 *
 * Targets are class numbers y, for which p is 1 at y, or a distribution p over the outputs for each row. Over rows of classes it is the
 * weighted mean, Σ ℓ / Σ w_y, where each is also times its example's weight; over distributions, class weights don't count in the divisor. Same as PyTorch's `CrossEntropyLoss`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` for a smoothing outside [0, 1], weights that are negative or all 0; `ERR_SHAPE`, once
 *   trained with, where the network has not one output for each weight.
 * @see Szegedy et al. 2016, https://arxiv.org/abs/1512.00567, for label smoothing
 */
export const crossEntropy = defineLoss<CrossEntropyOptions>({
  name: 'crossEntropy',
  options: ['labelSmoothing', 'classWeights'],
  classifies: true,
  check: ({ labelSmoothing, classWeights }) => ({
    labelSmoothing: checkNumber('labelSmoothing', orDefault(labelSmoothing, 0), wholeShare),
    ...(classWeights !== undefined && { classWeights: checkClassWeights(classWeights) }),
  }),
});

function checkClassWeights(given: unknown): readonly number[] {
  const list = isFloatArray(given) ? numbersOf(given) : given;
  const weights = checkArray('classWeights', list, 'an array of numbers', (weight, i) =>
    checkNumber(`classWeights[${i}]`, weight, nonNegative),
  );
  if (!weights.some((weight) => weight > 0))
    throw errorWith('ERR_OUT_OF_RANGE', 'classWeights: at least one must be > 0');
  return Object.freeze(weights);
}

function numbersOf(array: Float32Array | Float64Array): number[] {
  if (isDetached(array)) throw errorWith('ERR_DETACHED', 'the buffer of classWeights has been detached');
  return Array.from({ length: lengthOf(array) }, (_, i) => array[i]!);
}
