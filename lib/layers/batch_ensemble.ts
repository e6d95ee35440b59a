import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import type { DenseOptions } from './dense.js';
import { checkKeys, defineLayer } from './descriptions.js';
import { type Activation, checkActivation, checkInitializer, type Initializer, type Layer } from './layer.js';

/**
 * How the input adapters r start: all 1; at random 1 or −1; or normal with variance 1. The output adapters s start at 1
 * in any case.
 */
export type Adapters = 'ones' | 'signs' | 'normal';

export interface BatchEnsembleOptions extends DenseOptions {
  /** Number of members k. */
  members: number;
  /**
   * How the input adapters start: {@link Adapters}. Default `'automatic'`: `'signs'` in the first such layer, whose
   * members read the same input, else `'ones'`.
   */
  adapters?: Adapters | 'automatic' | undefined;
}

export interface BatchEnsembleLayer extends Layer {
  readonly kind: 'batchEnsemble';
  readonly outputs: number;
  readonly members: number;
  readonly activation: Activation;
  readonly bias: boolean;
  readonly initializer: Initializer | 'automatic';
  readonly adapters: Adapters | 'automatic';
}

/**
 * A dense layer for each of k members of an ensemble. They share the weights W; each has two vectors of its own, which
 * multiply its inputs and outputs, and its biases:
 *
 *     yₘ = activation(sₘ ⊙ (rₘ ⊙ xₘ)·W + bₘ)     m = 1, …, k
 *
 * Inputs are numbers, which all members read, or k positions, one for each member. Outputs are k positions of `outputs`
 * numbers: a network of such layers is k networks in little more memory than one. End it with {@link memberMean}, which
 * trains each member by its own loss and predicts their mean.
 *
 * Tensors: `weight` [inputs, outputs], `r` [k, inputs], `s` [k, outputs], `bias` [k, outputs]. All but biases decay.
 *
 * @param outputs Number of units of each member.
 * @throws RangeError `ERR_SHAPE` from `network` if the inputs have positions, but not k of them.
 * @see Wen, Tran & Ba 2020, https://arxiv.org/abs/2002.06715; as in TabM: Gorishniy, Kotelnikov & Babenko 2025,
 *   https://arxiv.org/abs/2410.24210
 */
export function batchEnsemble(outputs: number, options: BatchEnsembleOptions): BatchEnsembleLayer {
  checkOptions('batchEnsemble', options, ['members', 'activation', 'bias', 'initializer', 'adapters']);
  return Object.freeze({
    kind: 'batchEnsemble',
    outputs: checkInteger('outputs of batchEnsemble', outputs, 1, 2 ** 31 - 1),
    members: checkInteger('members', options.members, 1, 2 ** 20),
    activation: checkActivation(options.activation),
    bias: checkBoolean('bias', orDefault(options.bias, true)),
    initializer: checkInitializer(options.initializer),
    adapters: checkOneOf('adapters', orDefault(options.adapters, 'automatic'), [
      'automatic',
      'ones',
      'signs',
      'normal',
    ]),
  });
}

export interface MemberMeanLayer extends Layer {
  readonly kind: 'memberMean';
}

/**
 * The mean over the members of {@link batchEnsemble}: y = Σ xₘ / k.
 *
 * As the last layer it trains members one by one. A step minimises the mean of their losses against the same targets,
 * not the loss of their mean, so that they stay different. `predict`, `evaluate`, validation, metrics, early stopping,
 * `gradient` and `hessianVectorProduct` are those of the mean. A `softmax` may follow under the losses that leave it
 * out (`crossEntropy`, `focal`). Anywhere else the layer is no more than the mean.
 */
export function memberMean(): MemberMeanLayer {
  return Object.freeze({ kind: 'memberMean' });
}

defineLayer<BatchEnsembleLayer>('batchEnsemble', ({ kind: _, outputs, ...options }) => batchEnsemble(outputs, options));
defineLayer<MemberMeanLayer>('memberMean', (layer) => checkKeys(layer, []) && memberMean());
