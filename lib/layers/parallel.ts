import { checkArray } from '../checks/lists.js';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { checkLayers, defineLayer, nesting } from './descriptions.js';
import { type Activation, type ActivationOptions, checkActivation, type Layer } from './layer.js';

export interface ParallelOptions extends ActivationOptions {
  /** Whether the branches' channels are concatenated or added. Default `'concatenate'`. */
  join?: 'concatenate' | 'sum' | undefined;
}

export interface ParallelLayer extends Layer {
  readonly kind: 'parallel';
  readonly branches: readonly (readonly Layer[])[];
  readonly join: 'concatenate' | 'sum';
  readonly activation: Activation;
}

/**
 * Several branches of layers with the same input x. Their outputs are concatenated or added. A branch without layers is
 * x.
 *
 * @example
 * const wide = [dense(1)];
 * const deep = [dense(64, { activation: 'relu' }), dense(1)];
 * parallel([wide, deep], { join: 'sum' });
 */
export function parallel(branches: readonly (readonly Layer[])[], options: ParallelOptions = {}): ParallelLayer {
  checkOptions('parallel', options, ['join', 'activation']);
  const list = checkArray('branches', branches, 'an array of arrays of layers', (branch, i) =>
    checkLayers(`branches[${i}]`, branch as readonly Layer[], 0),
  );
  if (list.length === 0) throw invalid('branches', 'an array of arrays of layers', branches);
  const layer: ParallelLayer = Object.freeze({
    kind: 'parallel',
    branches: Object.freeze(list),
    join: checkOneOf('join', orDefault(options.join, 'concatenate'), ['concatenate', 'sum']),
    activation: checkActivation(options.activation),
  });
  return nesting.note(layer, list.flat());
}

defineLayer<ParallelLayer>('parallel', ({ kind: _, branches, ...options }) => parallel(branches, options));
