import { setTimeout } from 'node:timers/promises';
import { ranksOfLaunch } from '../distributed/distributed.js';
import type { Ranks } from '../distributed/ranks.js';
import { numberText } from '../numbers/number_text.js';
import { configure } from '../runtime.js';
import { noProgress, openProgress, type ProgressDisplay } from './progress.js';

/** Milliseconds in which the first process ends the job if it has the same error. */
const patience = 1000;

/** A process that runs a command. */
export interface Process {
  /** The processes that mpirun has started; undefined for a process alone. */
  readonly ranks: Ranks | undefined;
  /** Whether this process prints and writes. */
  readonly isFirst: boolean;
  readonly progress: ProgressDisplay;
}

/**
 * Runs a command on each process that mpirun has started, at normal priority because a person waits. An error of another
 * process than the first names its rank; it is shown only if the first process does not have the same error.
 */
export async function onRanks(work: (process: Process) => Promise<void>): Promise<void> {
  configure({ priority: 'normal' });
  const ranks = await ranksOfLaunch();
  const isFirst = !ranks || ranks.rank === 0;
  const progress = isFirst ? openProgress() : noProgress;
  try {
    await work({ ranks, isFirst, progress });
  } catch (error) {
    if (isFirst) throw error;
    await setTimeout(patience);
    (error as Error).message = `rank ${ranks.rank}: ${(error as Error).message}`;
    throw error;
  } finally {
    progress.close();
  }
}

/** Shows how many rows all processes have read, as far as one of them knows: each has about as many as the others. */
export function showRows({ ranks, progress }: Process, mine: number, all: number | undefined): void {
  const rows = mine * (ranks?.size ?? 1);
  progress.show(`${numberText(rows)} rows`, all ? Math.min(1, rows / all) : 0);
}
