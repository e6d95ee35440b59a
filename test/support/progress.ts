import { setTimeout } from 'node:timers/promises';
import type { Dataset, Run } from 'glissade';

/** Waits until a run has taken a number of steps. */
export async function reached(run: Run, steps: number): Promise<void> {
  while (run.progress.steps < steps) await setTimeout(1);
}

/** A million rows that repeat those of a dataset, so that an epoch takes longer than any test. */
export const endless = (data: Dataset): Dataset =>
  data.select(Uint32Array.from({ length: 1_000_000 }, (_, i) => i % data.rows));
