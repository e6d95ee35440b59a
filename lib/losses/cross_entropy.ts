import { checkArray } from '../checks/lists.js';
import { orDefault } from '../checks/options.js';
import { checkNumber, nonNegative, wholeShare } from '../checks/ranges.js';
import { checkAttached, isFloatArray, lengthOf } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { defineLoss } from './loss.js';

export interface CrossEntropyOptions {
  /** s, in [0, 1]: the fraction of each target that is spread evenly over the classes. Default 0. */
  labelSmoothing?: number | undefined;
  /** w, ≥ 0: a weight for each class, not all 0. Default: all 1. */
  classWeights?: ArrayLike<number> | undefined;
}

/**
 * Cross-entropy of softmax over K classes. Outputs z are logits.
 *
 *     ℓ = −Σⱼ wⱼ p′ⱼ log softmax(z)ⱼ     p′ = (1 − s) p + s/K
 *
 * A row's target is a class number y (then p is 1 at y) or a distribution p over the outputs. With class numbers, the
 * loss of a dataset is the weighted mean Σ ℓ / Σ w_y, each term times the weight of its example. With distributions,
 * class weights don't count in the divisor. Same as PyTorch's `CrossEntropyLoss`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` for a smoothing outside [0, 1], or weights of which one is negative or all are
 *   0. A use of the loss throws `ERR_SHAPE` if the network does not have one output for each weight.
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
  checkAttached('classWeights', array);
  return Array.from({ length: lengthOf(array) }, (_, i) => array[i]!);
}
