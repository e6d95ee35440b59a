import { checkArray } from '../checks/lists.js';
import { checkOptions } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative, type Range } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';

export interface HierarchicalSoftmaxOptions {
  /**
   * How often each class occurs, as counts or shares: frequent classes get short paths. Default: all alike, which makes
   * paths of about log₂(classes) decisions.
   */
  frequencies?: readonly number[] | undefined;
}

export interface HierarchicalSoftmaxLayer extends Layer {
  readonly kind: 'hierarchicalSoftmax';
  readonly classes: number;
  readonly frequencies: readonly number[] | undefined;
}

/**
 * Logarithms of the probabilities of many classes, by decisions along a binary tree with the classes as leaves:
 *
 *     log p(c) = Σ log σ(±(wₙ·x + bₙ)) over the decisions n on the path from the root to c
 *
 * The tree is Huffman's of the frequencies. Make it the last layer, or the last before `softmax()`, and train it by
 * `crossEntropy`: these outputs are logits whose softmax is p. A training step on classes then computes only the
 * decisions on the path of each example, about log₂(classes) of them, and updates only their weights, just as an
 * {@link embedding} updates only the rows that it reads. The loss is exact. `predict` and `evaluate` compute all classes.
 * So does training with `labelSmoothing`, with distributions as targets or with another loss; it is then as slow as with
 * `dense`.
 *
 * Tensors: `weight` [classes − 1, inputs], `bias` [classes − 1, 1], a row for each decision. Its own products are in
 * full precision where others are in bfloat16. In the accuracy that training reports, an example is right if every decision on its path is
 * right.
 *
 * @param classes Number of outputs, at least 2.
 * @throws RangeError `ERR_SHAPE` unless there is a frequency for each class; `ERR_OUT_OF_RANGE` for a negative one.
 * @see Morin & Bengio 2005, https://proceedings.mlr.press/r5/morin05a.html; Huffman codes: Mikolov et al. 2013,
 *   https://arxiv.org/abs/1310.4546, Joulin et al. 2016, https://arxiv.org/abs/1607.01759
 */
export function hierarchicalSoftmax(
  classes: number,
  options: HierarchicalSoftmaxOptions = {},
): HierarchicalSoftmaxLayer {
  checkOptions('hierarchicalSoftmax', options, ['frequencies']);
  return Object.freeze({
    kind: 'hierarchicalSoftmax',
    classes: checkInteger('classes', classes, 2, 2 ** 24),
    frequencies: checkFrequencies(options.frequencies, classes, nonNegative),
  });
}

/** Checks that there is a frequency in a range for each class, if any are given. */
export function checkFrequencies(
  given: readonly number[] | undefined,
  classes: number,
  range: Range,
): readonly number[] | undefined {
  if (given === undefined) return undefined;
  const list = checkArray('frequencies', given, 'an array of a number for each class', (frequency, i) =>
    checkNumber(`frequencies[${i}]`, frequency, range),
  );
  if (list.length !== classes)
    throw errorWith('ERR_SHAPE', `frequencies has ${list.length} elements, but there are ${classes} classes`);
  return Object.freeze(list);
}

defineLayer<HierarchicalSoftmaxLayer>('hierarchicalSoftmax', ({ kind: _, classes, ...options }) =>
  hierarchicalSoftmax(classes, options),
);
