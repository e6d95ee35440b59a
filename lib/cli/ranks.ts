import { setTimeout } from 'node:timers/promises';
import { groupOfLaunch } from '../distributed/distributed.js';
import type { Group } from '../distributed/group.js';

/** Milliseconds in which the first process ends the job if it has the same error. */
const patience = 1000;

/**
 * Does the work of a command on each process that mpirun has started: the first one prints and writes. Errors of others
 * name their rank, unless the first one has them as well.
 */
export async function onRanks(work: (group: Group | undefined, isFirst: boolean) => Promise<void>): Promise<void> {
  const group = await groupOfLaunch();
  if (!group || group.rank === 0) return work(group, true);
  try {
    await work(group, false);
  } catch (error) {
    await setTimeout(patience);
    (error as Error).message = `rank ${group.rank}: ${(error as Error).message}`;
    throw error;
  }
}
