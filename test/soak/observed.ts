import type { GlissadeError } from '../../lib/errors';
import type { Optimizer } from '../../lib/optimizers/optimizer';

/** Reports a metric to an optimizer, if one of its schedules depends on metrics. */
export function observed(optimizer: Optimizer, metric: number): void {
  try {
    optimizer.observe(metric);
  } catch (error) {
    if ((error as GlissadeError).code !== 'ERR_INVALID_ARGUMENT') throw error; // no schedule depends on it
  }
}
