import { checkBoolean, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { defineLayer } from './descriptions.js';
import { type Activation, checkActivation, checkInitializer, type Initializer, type Layer } from './layer.js';
import { checkSides, type Sides } from './windows.js';

export interface Conv2dOptions {
  /** Size of the window. Default 3. */
  kernel?: Sides | undefined;
  /** Distance between windows of neighbouring outputs. Default 1. */
  stride?: Sides | undefined;
  /**
   * Number of lines of zeros around the image. Default 0. `'same'`: as many as make the outputs ⌈size / stride⌉; an odd
   * line is at the lower or right side, as in TensorFlow.
   */
  padding?: Sides | 'same' | undefined;
  /** Applied to each output. Default `'identity'`. */
  activation?: Activation | undefined;
  /** Whether a bias is added to each channel. Default true. */
  bias?: boolean | undefined;
  /**
   * Distribution of initial weights; biases start at zero. Default `'automatic'`: `heUniform` or `glorotUniform`, as
   * suits the activation.
   */
  initializer?: Initializer | 'automatic' | undefined;
}

export interface Conv2dLayer extends Layer {
  readonly kind: 'conv2d';
  readonly channels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number] | 'same';
  readonly activation: Activation;
  readonly bias: boolean;
  readonly initializer: Initializer | 'automatic';
}

/**
 * A convolution over images: at each position y_c = activation(Σ x_ijk·W_ijkc + b_c), summed over the window's rows i
 * and columns j and the image's channels k. The window is not mirrored, as usual in deep learning.
 *
 * Images are [height, width, channels]; W is [window height, window width, channels, outputs]. PyTorch's are [channels,
 * height, width] and [outputs, channels, window height, window width].
 *
 * @param channels Number of outputs at each position.
 * @throws TypeError, RangeError for options that don't fit.
 */
export function conv2d(channels: number, options: Conv2dOptions = {}): Conv2dLayer {
  checkOptions('conv2d', options, ['kernel', 'stride', 'padding', 'activation', 'bias', 'initializer']);
  return Object.freeze({
    kind: 'conv2d',
    channels: checkInteger('channels of conv2d', channels, 1, 2 ** 24),
    kernel: Object.freeze(checkSides('kernel', options.kernel, 3, 1)),
    stride: Object.freeze(checkSides('stride', options.stride, 1, 1)),
    padding: options.padding === 'same' ? 'same' : Object.freeze(checkSides('padding', options.padding, 0, 0)),
    activation: checkActivation(options.activation),
    bias: checkBoolean('bias', orDefault(options.bias, true)),
    initializer: checkInitializer(options.initializer),
  });
}

defineLayer<Conv2dLayer>('conv2d', ({ kind: _, channels, ...options }) => conv2d(channels, options));
