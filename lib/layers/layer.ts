export const activations = ['identity', 'relu', 'tanh', 'sigmoid', 'gelu'] as const;

/** max(x, 0), tanh x, 1/(1 + e⁻ˣ), x·Φ(x), or x itself. */
export type Activation = (typeof activations)[number];

/** A layer's description, which `network` builds it from. */
export interface Layer {
  readonly kind: 'dense';
  readonly outputs: number;
  readonly activation: Activation;
}
