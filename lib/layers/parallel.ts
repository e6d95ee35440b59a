import { checkArray } from '../checks/lists.js';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { invalid, quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { checkLayers, defineLayer, nesting } from './descriptions.js';
import { type Activation, type ActivationOptions, checkActivation, type Layer } from './layer.js';

const joins = ['concatenate', 'sum', 'dot', 'cosine'] as const;

/**
 * How branches are joined, at each position of images:
 *
 * - `concatenate`: their channels side by side
 * - `sum`: the sum of outputs of one shape
 * - `dot`: a·b, of two branches of one shape; one channel
 * - `cosine`: a·b/(max(|a|, ε)·max(|b|, ε)) with ε = 1e-8, of two branches of one shape; one channel. As in PyTorch's
 *   `cosine_similarity`, it is 0 if a or b is all zeros.
 */
export type Join = (typeof joins)[number];

export interface ParallelOptions extends ActivationOptions {
  /** How the branches are joined: {@link Join}. Default `'concatenate'`. */
  join?: Join | undefined;
}

export interface ParallelLayer extends Layer {
  readonly kind: 'parallel';
  readonly branches: readonly (readonly Layer[])[];
  readonly join: Join;
  readonly activation: Activation;
}

/**
 * Several branches of layers with the same input x. Their outputs are concatenated, added, or multiplied to a dot
 * product or a cosine. A branch without layers is x.
 *
 * @example
 * const wide = [dense(1)];
 * const deep = [dense(64, { activation: 'relu' }), dense(1)];
 * parallel([wide, deep], { join: 'sum' });
 *
 * @example
 * // Matrix factorisation: a user's vector times an item's
 * const users = [input('user'), embedding({ dimensions: 16 })];
 * const items = [input('item'), embedding({ dimensions: 16 })];
 * parallel([users, items], { join: 'dot' });
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` unless a dot product or a cosine has two branches.
 */
export function parallel(branches: readonly (readonly Layer[])[], options: ParallelOptions = {}): ParallelLayer {
  checkOptions('parallel', options, ['join', 'activation']);
  const list = checkArray('branches', branches, 'an array of arrays of layers', (branch, i) =>
    checkLayers(`branches[${i}]`, branch as readonly Layer[], 0),
  );
  if (list.length === 0) throw invalid('branches', 'an array of arrays of layers', branches);
  const join = checkOneOf('join', orDefault(options.join, 'concatenate'), joins);
  if ((join === 'dot' || join === 'cosine') && list.length !== 2)
    throw errorWith('ERR_INVALID_ARGUMENT', `parallel: join ${quoted(join)} takes two branches, not ${list.length}`);
  const layer: ParallelLayer = Object.freeze({
    kind: 'parallel',
    branches: Object.freeze(list),
    join,
    activation: checkActivation(options.activation),
  });
  return nesting.note(layer, list.flat());
}

defineLayer<ParallelLayer>('parallel', ({ kind: _, branches, ...options }) => parallel(branches, options));
