import { type AdamOptions, adamFamily } from './adam.js';
import type { Hyperparameter, Rule } from './rule.js';

export interface AdamWOptions extends AdamOptions {
  /** λ: θ is multiplied by 1 − ηλ before each step (decoupled). Default 0.01. */
  weightDecay?: Hyperparameter | undefined;
}

/**
 * Adam with decoupled weight decay.
 *
 *     θ ← (1 − ηλ)θ, then as {@link adam}
 *
 * Same as PyTorch's `AdamW`. The paper's λ is ours times η if its schedule multiplier is 1. States: those of `adam`.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a β is outside [0, 1) or another number is negative.
 * @see Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101
 */
export const adamw: (options?: AdamWOptions) => Rule = adamFamily('adamw', 0.01);
