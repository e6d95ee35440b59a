import { defineLoss } from './loss.js';

/**
 * ℓ = ‖z − t‖², summed over the outputs z of a row. The best output is the mean of the targets. PyTorch's `MSELoss`
 * takes the mean over outputs.
 */
export const squared = defineLoss<Record<never, never>>({ name: 'squared', options: [] });
