import { defineLoss } from './loss.js';

/**
 * ℓ = ‖z − t‖², summed over the outputs z of a row (PyTorch's `MSELoss` takes their mean as well). Least where outputs are the mean of
 * what the targets may be.
 */
export const squared = defineLoss<Record<never, never>>({ name: 'squared', options: [] });
