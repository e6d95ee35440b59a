import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { errorWith } from '../errors.js';
import { defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';
import { checkSides, type Sides } from './windows.js';

export interface PoolOptions {
  /** Size of the window. Default 2. */
  size?: Sides | undefined;
  /** Distance between windows of neighbouring outputs. Default: `size`. */
  stride?: Sides | undefined;
  /** How far windows reach beyond the image, at most half their size. Positions outside don't count. Default 0. */
  padding?: Sides | undefined;
}

export interface PoolLayer extends Layer {
  readonly kind: 'maxPool' | 'averagePool';
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

function pool(kind: PoolLayer['kind'], options: PoolOptions): PoolLayer {
  checkOptions(kind, options, ['size', 'stride', 'padding']);
  const size = checkSides('size', options.size, 2, 1);
  const padding = checkSides('padding', options.padding, 0, 0);
  for (const [i, lines] of padding.entries())
    if (2 * lines > size[i]!)
      throw errorWith(
        'ERR_OUT_OF_RANGE',
        `Expected padding of at most half the size, ${size[i]}, but received ${lines}`,
      );
  return Object.freeze({
    kind,
    size: Object.freeze(size),
    stride: Object.freeze(checkSides('stride', options.stride, size, 1)),
    padding: Object.freeze(padding),
  });
}

/** The largest number of each channel in windows over an image. Of equal ones, the first gets the gradient. */
export function maxPool(options: PoolOptions = {}): PoolLayer {
  return pool('maxPool', options);
}

/** The mean of each channel in windows over an image, over positions inside it (PyTorch: `count_include_pad=False`). */
export function averagePool(options: PoolOptions = {}): PoolLayer {
  return pool('averagePool', options);
}

export interface GlobalPoolOptions {
  /** Whether a channel becomes its maximum or its mean. Default `'average'`. */
  pooling?: 'max' | 'average' | undefined;
}

export interface GlobalPoolLayer extends Layer {
  readonly kind: 'globalPool';
  readonly pooling: 'max' | 'average';
}

/** The mean or maximum of each channel over the whole image. The output has one number per channel. */
export function globalPool(options: GlobalPoolOptions = {}): GlobalPoolLayer {
  checkOptions('globalPool', options, ['pooling']);
  return Object.freeze({
    kind: 'globalPool',
    pooling: checkOneOf('pooling', orDefault(options.pooling, 'average'), ['max', 'average']),
  });
}

defineLayer<PoolLayer>('maxPool', ({ kind: _, ...options }) => maxPool(options));
defineLayer<PoolLayer>('averagePool', ({ kind: _, ...options }) => averagePool(options));
defineLayer<GlobalPoolLayer>('globalPool', ({ kind: _, ...options }) => globalPool(options));
