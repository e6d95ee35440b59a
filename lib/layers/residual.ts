import { checkOptions, orDefault } from '../checks/options.js';
import { checkLayers, defineLayer, nesting } from './descriptions.js';
import { type Activation, type ActivationOptions, checkActivation, type Layer } from './layer.js';

export interface ResidualOptions extends ActivationOptions {
  /** Layers that x passes before the sum, needed if `layers` change its shape. Default: none. */
  shortcut?: readonly Layer[] | undefined;
}

export interface ResidualLayer extends Layer {
  readonly kind: 'residual';
  readonly layers: readonly Layer[];
  readonly shortcut: readonly Layer[];
  readonly activation: Activation;
}

/**
 * y = activation(layers(x) + shortcut(x)). Both terms must have the same shape.
 *
 * @example
 * const convolution = conv2d(64, { padding: 'same', activation: 'relu' });
 * residual([convolution, conv2d(64, { padding: 'same' })], { activation: 'relu' });
 *
 * @see He, Zhang, Ren & Sun 2016, https://arxiv.org/abs/1512.03385
 */
export function residual(layers: readonly Layer[], options: ResidualOptions = {}): ResidualLayer {
  checkOptions('residual', options, ['shortcut', 'activation']);
  const layer: ResidualLayer = Object.freeze({
    kind: 'residual',
    layers: checkLayers('layers of residual', layers, 1),
    shortcut: checkLayers('shortcut', orDefault(options.shortcut, []), 0),
    activation: checkActivation(options.activation),
  });
  return nesting.note(layer, [...layer.layers, ...layer.shortcut]);
}

defineLayer<ResidualLayer>('residual', ({ kind: _, layers, ...options }) => residual(layers, options));
