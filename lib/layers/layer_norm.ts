import { checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, positive } from '../checks/ranges.js';
import { defineLayer } from './descriptions.js';
import { type Activation, type ActivationOptions, checkActivation, type Layer } from './layer.js';

export interface LayerNormOptions extends ActivationOptions {
  /** ε, added to the variance. Default 1e-5. */
  epsilon?: number | undefined;
}

export interface LayerNormLayer extends Layer {
  readonly kind: 'layerNorm';
  readonly epsilon: number;
  readonly activation: Activation;
}

/**
 * y = activation((x − mean)/√(variance + ε) ⊙ weight + bias), with the mean and variance over the numbers of an
 * example, or over the channels at each position of an image. Weights start at 1, biases at 0; neither decays unless a
 * group of `fit` says so.
 *
 * @see Ba, Kiros & Hinton 2016, https://arxiv.org/abs/1607.06450
 */
export function layerNorm(options: LayerNormOptions = {}): LayerNormLayer {
  checkOptions('layerNorm', options, ['epsilon', 'activation']);
  return Object.freeze({
    kind: 'layerNorm',
    epsilon: checkNumber('epsilon', orDefault(options.epsilon, 1e-5), positive),
    activation: checkActivation(options.activation),
  });
}

defineLayer<LayerNormLayer>('layerNorm', ({ kind: _, ...options }) => layerNorm(options));
