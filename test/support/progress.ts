import { setTimeout } from 'node:timers/promises';
import type { Dataset } from '../../lib/data/dataset';
import type { Run } from '../../lib/training/run';

/** Waits until a run has taken a number of steps. */
export async function reached(run: Run, steps: number): Promise<void> {
  while (run.progress.steps < steps) await setTimeout(1);
}

/**
 * Repeats something until it was interrupted in the right place, which `attempt` reports by a result. On a busy machine
 * a run may pass that place.
 */
export async function inTime<Result>(attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (let tries = 0; tries < 20; ++tries) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new Error('the moment was missed twenty times');
}

/** A million rows that repeat those of a dataset, so that an epoch takes longer than any test. */
export const endless = (data: Dataset): Dataset =>
  data.select(Uint32Array.from({ length: 1_000_000 }, (_, i) => i % data.rows));
