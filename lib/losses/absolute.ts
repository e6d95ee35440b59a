import { defineLoss } from './loss.js';

/**
 * ℓ = Σⱼ |zⱼ − tⱼ|: PyTorch's `L1Loss`, summed over the outputs of a row. Least where outputs are the median of what the targets may
 * be.
 */
export const absolute = defineLoss<Record<never, never>>({ name: 'absolute', options: [] });
