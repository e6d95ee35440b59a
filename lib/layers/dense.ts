import { checkInteger, checkOneOf, checkOptions, orDefault } from '../checks.js';
import { type Activation, activations, type Layer } from './layer.js';

export interface DenseOptions {
  /** Applied to each output. Default `'identity'`. */
  activation?: Activation | undefined;
}

/**
 * A fully connected layer: y = activation(x·W + b).
 *
 * W has the shape [inputs, outputs] (PyTorch's `Linear` holds its transpose). Weights start uniform, with variance 2/inputs
 * before relu and gelu (He et al. 2015) and 2/(inputs + outputs) otherwise (Glorot & Bengio 2010); biases start at zero.
 *
 * @param outputs The number of units.
 */
export function dense(outputs: number, options: DenseOptions = {}): Layer {
  checkOptions('dense', options, ['activation']);
  return Object.freeze({
    kind: 'dense',
    outputs: checkInteger('outputs of dense', outputs, 1, 2 ** 31 - 1),
    activation: checkOneOf('activation', orDefault(options.activation, 'identity'), activations),
  });
}
