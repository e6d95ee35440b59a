import { errorWith } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import type { ParallelLayer } from '../layers/parallel.js';
import type { Loss } from '../losses/loss.js';

/** Layers that leave each number as it is, drop it, or are left out in training. */
const passing = ['flatten', 'dropout', 'memberMean'];

/** The layers that compute a network's outputs: behind layers that only pass numbers on, and in all branches. */
function sourcesOf(layers: readonly Layer[]): Layer[] {
  const at = layers.findLastIndex(({ kind }) => !passing.includes(kind));
  const last = layers[at];
  if (last === undefined) return [];
  const { kind, join, activation, branches } = last as ParallelLayer;
  const isThrough = (kind as string) === 'parallel' && join === 'concatenate' && activation === 'identity';
  return isThrough ? branches.flatMap(sourcesOf) : [last];
}

/**
 * Refuses a network whose last function would be applied twice, because the loss contains it: a sigmoid under
 * `logistic` or `focal`; a softmax under `logistic`; a softmax under `crossEntropy` or `focal`, unless it is the very
 * last layer, which these losses leave out.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`.
 */
export function checkLastLayer(layers: readonly Layer[], { name }: Loss): void {
  if (name !== 'logistic' && name !== 'crossEntropy' && name !== 'focal') return;
  const isLeftOut = name !== 'logistic' && layers.length > 1 && layers.at(-1)!.kind === 'softmax';
  for (const { kind, activation } of sourcesOf(isLeftOut ? layers.slice(0, -1) : layers)) {
    if ((name !== 'crossEntropy' && activation === 'sigmoid') || (name === 'logistic' && kind === 'softmax'))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `the network ends with ${kind === 'softmax' ? 'softmax()' : 'the activation "sigmoid"'}, but the loss ${name} takes logits and applies a sigmoid itself; leave it out`,
      );
    if (kind === 'softmax')
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `the loss ${name} takes logits and applies a softmax itself, so the network's ${isLeftOut ? 'first softmax()' : 'softmax()'} would be applied twice; ${isLeftOut ? 'leave it out' : 'make it the very last layer, which the loss leaves out, or remove it'}`,
      );
  }
}
