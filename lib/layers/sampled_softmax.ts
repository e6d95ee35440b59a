import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, positive } from '../checks/ranges.js';
import { defineLayer } from './descriptions.js';
import { checkFrequencies } from './hierarchical_softmax.js';
import type { Layer } from './layer.js';

export interface SampledSoftmaxOptions {
  /** Number of classes that are drawn for each minibatch, fewer than there are. Default 128, or half of the classes. */
  count?: number | undefined;
  /**
   * How often each class is drawn relative to the others: a positive number for each, such as its number of training
   * rows; or log((c + 2)/(c + 1)) if class 0 is the most frequent, class 1 the next, and so on. Default: all equally often.
   */
  frequencies?: readonly number[] | undefined;
}

export interface SampledSoftmaxLayer extends Layer {
  readonly kind: 'sampledSoftmax';
  readonly classes: number;
  readonly count: number;
  readonly frequencies: readonly number[] | undefined;
}

/**
 * Logits of many classes, y = x·Wᵀ + b, of which training computes a sample. A training step by `crossEntropy` on
 * classes draws `count` classes k with replacement, with probabilities q, for the whole minibatch, and minimises
 *
 *     −y_c + log(e^(y_c) + Σ e^(y_k)/(count·q_k))     over the drawn k ≠ c, for an example of class c
 *
 * The sum's expectation is that of all other classes, so the loss approaches that of the full softmax as `count` grows.
 * A step updates only the weights of the drawn classes and of the classes of its examples, just as an {@link embedding}
 * updates only the rows that it reads. What is drawn follows from the seed and the step: a run can be repeated, and resumed to the same
 * bits. `predict` and `evaluate` compute all classes. So does training with `labelSmoothing`, with distributions as
 * targets or with another loss; it is then as slow as with `dense`.
 *
 * Tensors: `weight` [classes, inputs], as in PyTorch's `Linear`, and `bias` [classes, 1]. Its own products are in full
 * precision where others are in bfloat16. The loss and accuracy of training are those among the sample.
 *
 * @param classes Number of outputs, at least 2.
 * @throws RangeError `ERR_SHAPE` unless there is a frequency for each class; `ERR_OUT_OF_RANGE` if one is not positive.
 * @see Bengio & Senécal 2008, https://doi.org/10.1109/TNN.2007.912312; Jean et al. 2015,
 *   https://arxiv.org/abs/1412.2007
 */
export function sampledSoftmax(classes: number, options: SampledSoftmaxOptions = {}): SampledSoftmaxLayer {
  checkOptions('sampledSoftmax', options, ['count', 'frequencies']);
  const outputs = checkInteger('classes', classes, 2, 2 ** 24);
  const frequencies = checkFrequencies(options.frequencies, classes, positive);
  const byDefault = Math.min(128, Math.floor(outputs / 2));
  return Object.freeze({
    kind: 'sampledSoftmax',
    classes: outputs,
    count: checkInteger('count', orDefault(options.count, byDefault), 1, outputs - 1),
    frequencies,
  });
}

defineLayer<SampledSoftmaxLayer>('sampledSoftmax', ({ kind: _, classes, ...options }) =>
  sampledSoftmax(classes, options),
);
