import { checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, positive, share } from '../checks/ranges.js';
import { defineLayer } from './descriptions.js';
import { type Activation, type ActivationOptions, checkActivation, type Layer } from './layer.js';

export interface BatchNormOptions extends ActivationOptions {
  /** ε, added to the variance. Default 1e-5. */
  epsilon?: number | undefined;
  /** Weight of each minibatch's mean and variance in the moving averages, in (0, 1]. Default 0.1. */
  momentum?: number | undefined;
}

export interface BatchNormLayer extends Layer {
  readonly kind: 'batchNorm';
  readonly epsilon: number;
  readonly momentum: number;
  readonly activation: Activation;
}

/**
 * y = activation((x − mean)/√(variance + ε) ⊙ weight + bias), by channel. In training, mean and variance are those of
 * the minibatch over all positions; in `predict` and `evaluate`, their moving averages. The tensors `mean` and
 * `variance` are the averages (of the unbiased variance, as in PyTorch), and no rule updates them. Weights start at 1,
 * biases at 0; neither decays unless a parameter group says so.
 *
 * A minibatch with a single number per channel has no variance: its outputs are activation(bias), and the averages
 * don't move.
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
