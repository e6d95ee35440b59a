import type { GlissadeError, Optimizer } from 'glissade';

/** Tells an optimizer a metric, where one of its schedules learns from metrics. */
export function observed(optimizer: Optimizer, metric: number): void {
  try {
    optimizer.observe(metric);
  } catch (error) {
    if ((error as GlissadeError).code !== 'ERR_INVALID_ARGUMENT') throw error; // no schedule learns from it
  }
}
