import { checkNumber, fraction } from '../checks/ranges.js';
import { checkKeys, defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';

export interface DropoutLayer extends Layer {
  readonly kind: 'dropout';
  readonly rate: number;
}

/**
 * Dropout. In training, each number becomes 0 with probability `rate`, and is multiplied by 1/(1 − rate) otherwise.
 * `predict` and `evaluate` leave numbers as they are.
 *
 * Which numbers become 0 depends on the trainer's seed, the minibatch, the layer and the position in it, but not on the
 * number of threads.
 *
 * @param rate In [0, 1).
 * @see Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(rate: number): DropoutLayer {
  return Object.freeze({ kind: 'dropout', rate: checkNumber('rate of dropout', rate, fraction) });
}

defineLayer<DropoutLayer>('dropout', (layer) => dropout(checkKeys(layer, ['rate']).rate));
