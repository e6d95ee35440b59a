import { defineLoss } from './loss.js';

/**
 * ℓ = Σⱼ |zⱼ − tⱼ| over the outputs z of a row. The best output is the median of the targets. PyTorch's `L1Loss` takes
 * the mean over outputs.
 */
export const absolute = defineLoss<Record<never, never>>({ name: 'absolute', options: [] });
