import { setTimeout } from 'node:timers/promises';
import { ranksOfLaunch } from '../distributed/distributed.js';
import type { Ranks } from '../distributed/ranks.js';

/** Milliseconds in which the first process ends the job if it has the same error. */
const patience = 1000;

/**
 * Does the work of a command on each process that mpirun has started: the first one prints and writes. Errors of others
 * name their rank, unless the first one has them as well.
 */
export async function onRanks(work: (ranks: Ranks | undefined, isFirst: boolean) => Promise<void>): Promise<void> {
  const ranks = await ranksOfLaunch();
  if (!ranks || ranks.rank === 0) return work(ranks, true);
  try {
    await work(ranks, false);
  } catch (error) {
    await setTimeout(patience);
    (error as Error).message = `rank ${ranks.rank}: ${(error as Error).message}`;
    throw error;
  }
}
