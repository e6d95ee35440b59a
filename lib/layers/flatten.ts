import { checkKeys, defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';

export interface FlattenLayer extends Layer {
  readonly kind: 'flatten';
}

/** Makes an image [height, width, channels] a row of numbers. Those of a position stay side by side. */
export function flatten(): FlattenLayer {
  return Object.freeze({ kind: 'flatten' });
}

defineLayer<FlattenLayer>('flatten', (layer) => checkKeys(layer, []) && flatten());
