import { checkKeys, defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';

export interface FlattenLayer extends Layer {
  readonly kind: 'flatten';
}

/** An image as a row of numbers: [height, width, channels], the channels of a position side by side. */
export function flatten(): FlattenLayer {
  return Object.freeze({ kind: 'flatten' });
}

defineLayer<FlattenLayer>('flatten', (layer) => checkKeys(layer, []) && flatten());
