import { checkNumber, fraction } from '../checks/ranges.js';
import { checkKeys, defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';

export interface DropoutLayer extends Layer {
  readonly kind: 'dropout';
  readonly rate: number;
}

/**
 * In training, each number becomes 0 with probability `rate`, or else is multiplied with 1/(1 − rate); in `predict` and `evaluate` nothing
 * happens (Srivastava et al. 2014).
 *
 * Which ones are dropped follows from the trainer's seed, the minibatch, the layer and the place in it: the same for any number of
 * threads, and again in another run with the seed.
 *
 * @param rate In [0, 1).
 */
export function dropout(rate: number): DropoutLayer {
  return Object.freeze({ kind: 'dropout', rate: checkNumber('rate of dropout', rate, fraction) });
}

defineLayer<DropoutLayer>('dropout', (layer) => dropout(checkKeys(layer, ['rate']).rate));
