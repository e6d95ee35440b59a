import { invalid } from '../checks/shown.js';
import { checkKeys, defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';

export interface InputLayer extends Layer {
  readonly kind: 'input';
  readonly name: string;
}

/**
 * The input block of this name. It is the first layer of the network, or of a branch of `parallel` or `residual` that
 * does not continue from the layer before.
 *
 * @example
 * const wide = [input('words'), dense(1)];
 * const numbers = parallel([[input('numbers')], [input('place'), embedding()]]);
 * const deep = [numbers, dense(64, { activation: 'relu' }), dense(1)];
 * const inputs = { words: { sparse: 2 ** 18 }, numbers: 13, place: { categories: [50, 200] } };
 * network({ inputs, layers: [parallel([wide, deep], { join: 'sum' })] });
 */
export function input(name: string): InputLayer {
  if (typeof name !== 'string' || name === '') throw invalid('name of input', 'the name of a block of inputs', name);
  return Object.freeze({ kind: 'input', name });
}

defineLayer<InputLayer>('input', (layer) => input(checkKeys(layer, ['name']).name));
