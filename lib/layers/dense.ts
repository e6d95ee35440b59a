import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { defineLayer } from './descriptions.js';
import { type Activation, checkActivation, checkInitializer, type Initializer, type Layer } from './layer.js';

export interface DenseOptions {
  /** Applied to each output. Default `'identity'`. */
  activation?: Activation | undefined;
  /** Whether b is added. Default true. */
  bias?: boolean | undefined;
  /**
   * Distribution of initial weights; biases start at zero. Default `'automatic'`: `heUniform` or `glorotUniform`, as
   * suits the activation.
   */
  initializer?: Initializer | 'automatic' | undefined;
}

export interface DenseLayer extends Layer {
  readonly kind: 'dense';
  readonly outputs: number;
  readonly activation: Activation;
  readonly bias: boolean;
  readonly initializer: Initializer | 'automatic';
}

/**
 * A fully connected layer: y = activation(x·W + b). W has the shape [inputs, outputs]; PyTorch's `Linear` stores its
 * transpose.
 *
 * @param outputs Number of units.
 */
export function dense(outputs: number, options: DenseOptions = {}): DenseLayer {
  checkOptions('dense', options, ['activation', 'bias', 'initializer']);
  return Object.freeze({
    kind: 'dense',
    outputs: checkInteger('outputs of dense', outputs, 1, 2 ** 31 - 1),
    activation: checkActivation(options.activation),
    bias: checkBoolean('bias', orDefault(options.bias, true)),
    initializer: checkInitializer(options.initializer),
  });
}

defineLayer<DenseLayer>('dense', ({ kind: _, outputs, ...options }) => dense(outputs, options));
