import { defineLoss } from './loss.js';

/**
 * Hinge loss of support vector machines. Outputs z are scores: the sign of each, or the largest of them, is the
 * prediction.
 *
 *     ℓ = Σⱼ max(0, 1 − tⱼzⱼ)                 targets t of 1 or −1 (or 0, which means −1), one for each output
 *     ℓ = max(0, 1 + max_{j≠y} zⱼ − z_y)      a class number y for each row, and several outputs
 *
 * The first form is one-against-all if outputs are classes. The second is Keras's `CategoricalHinge`. Where a margin is
 * exactly 1, the gradient is 0.
 *
 * @see Cortes & Vapnik 1995, https://doi.org/10.1007/BF00994018; Crammer & Singer 2001,
 *   https://jmlr.org/papers/v2/crammer01a.html
 */
export const hinge = defineLoss<Record<never, never>>({ name: 'hinge', options: [], classifies: true });

/** {@link hinge} with each maximum squared, so that its gradient is continuous. */
export const squaredHinge = defineLoss<Record<never, never>>({ name: 'squaredHinge', options: [], classifies: true });
