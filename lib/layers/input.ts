import { invalid } from '../checks/shown.js';
import { checkKeys, defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';

export interface InputLayer extends Layer {
  readonly kind: 'input';
  readonly name: string;
}

/**
 * A block of the network's inputs, by its name: where a branch of `parallel` or `residual` begins that does not go on from what was
 * there before.
 *
 * @example
 * const wide = [input('words'), dense(1)];
 * const deep = [parallel([[input('numbers')], [input('place'), embedding()]]), dense(64, { activation: 'relu' }), dense(1)];
 * network({ inputs: { words: { sparse: 2 ** 18 }, numbers: 13, place: { categories: [50, 200] } }, layers: [parallel([wide, deep], { join: 'sum' })] });
 */
export function input(name: string): InputLayer {
  if (typeof name !== 'string' || name === '') throw invalid('name of input', 'the name of a block of inputs', name);
  return Object.freeze({ kind: 'input', name });
}

defineLayer<InputLayer>('input', (layer) => input(checkKeys(layer, ['name']).name));
