import { checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, positive, share } from '../checks/ranges.js';
import { defineLayer } from './descriptions.js';
import { type Activation, type ActivationOptions, checkActivation, type Layer } from './layer.js';

export interface BatchNormOptions extends ActivationOptions {
  /** ε, added to the variance. Default 1e-5. */
  epsilon?: number | undefined;
  /** How much of each minibatch's mean and variance goes into the moving averages. Default 0.1. */
  momentum?: number | undefined;
}

export interface BatchNormLayer extends Layer {
  readonly kind: 'batchNorm';
  readonly epsilon: number;
  readonly momentum: number;
  readonly activation: Activation;
}

/**
 * y = activation((x − mean)/√(variance + ε) ⊙ weight + bias), with the mean and variance of each channel over the minibatch and all
 * positions in training; in `predict` and `evaluate`, with their moving averages. These are the tensors `mean` and `variance` (of the
 * unbiased variance, as in PyTorch), which no rule updates. Weights start at 1, biases at 0; neither decays unless a group says so.
 *
 * A minibatch of one row has no variance: its outputs are the biases, and it leaves the averages as they are.
 *
 * @see Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export function batchNorm(options: BatchNormOptions = {}): BatchNormLayer {
  checkOptions('batchNorm', options, ['epsilon', 'momentum', 'activation']);
  return Object.freeze({
    kind: 'batchNorm',
    epsilon: checkNumber('epsilon', orDefault(options.epsilon, 1e-5), positive),
    momentum: checkNumber('momentum', orDefault(options.momentum, 0.1), share),
    activation: checkActivation(options.activation),
  });
}

defineLayer<BatchNormLayer>('batchNorm', ({ kind: _, ...options }) => batchNorm(options));
