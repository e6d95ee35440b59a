import { defineLoss } from './loss.js';

/**
 * Poisson loss for counts. Outputs z are logarithms of rates, so `Math.exp(z)` is the expected count. Targets t
 * are ≥ 0.
 *
 *     ℓ = Σⱼ e^zⱼ − tⱼzⱼ
 *
 * This is −log of the Poisson probability of t without the constant log t!, so it may be negative. PyTorch's
 * `PoissonNLLLoss` takes the mean over outputs.
 */
export const poisson = defineLoss<Record<never, never>>({ name: 'poisson', options: [] });
