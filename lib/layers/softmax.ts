import { checkKeys, defineLayer } from './descriptions.js';
import type { Layer } from './layer.js';

export interface SoftmaxLayer extends Layer {
  readonly kind: 'softmax';
}

/**
 * Probabilities from logits: y_j = exp(x_j) / Σ_k exp(x_k).
 *
 * As the last layer it makes `predict` return probabilities. The loss `crossEntropy` contains a softmax itself and
 * reads the logits before this layer, so with that loss the layer changes neither training nor `evaluate`.
 */
export function softmax(): SoftmaxLayer {
  return Object.freeze({ kind: 'softmax' });
}

defineLayer<SoftmaxLayer>('softmax', (layer) => checkKeys(layer, []) && softmax());
