import { defineLoss } from './loss.js';

/**
 * For counts: outputs z are the logarithms of their rates, so that `Math.exp(z)` is what to expect. Targets t are ≥ 0.
 *
 *     ℓ = Σⱼ e^zⱼ − tⱼzⱼ
 *
 * It is −log of the Poisson probability of t, but for a term log t! that outputs don't change; so it may be negative. PyTorch's
 * `PoissonNLLLoss`, summed over the outputs of a row.
 */
export const poisson = defineLoss<Record<never, never>>({ name: 'poisson', options: [] });
