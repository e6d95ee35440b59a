import { isObject } from '../checks/kinds.js';
import { nativeCommunicator, type Ranks } from './ranks.js';
import { isShared } from './shared_errors.js';

/**
 * Ends this process together with the job: MPI ends when all ranks have come to their end, or all of them end when one
 * fails. An error that nobody catches is printed with its rank.
 */
export function endWithJob(ranks: Ranks): void {
  const native = nativeCommunicator(ranks);
  let isOfAll = false;
  process.on('uncaughtException', (error) => {
    if (process.listenerCount('uncaughtException') > 1) return; // the program has a way of its own
    isOfAll = isShared(error);
    // Ranks that throw each by itself, but alike, wait in turn: the first one's message is enough, and it ends the job.
    if (!isOfAll) pause(Math.min(ranks.rank, mostTurns) * turn);
    if (!isOfAll || ranks.rank === 0)
      process.stderr.write(`${ranks.size > 1 ? `rank ${ranks.rank}: ` : ''}${shownError(error)}\n`);
    process.exit(1);
  });
  process.on('exit', (code) => {
    try {
      if (code === 0 || isOfAll) return native.finish();
    } catch (error) {
      const { code: reason, message } = error as Error & { code?: string };
      const said = reason === 'ERR_BUSY' ? 'this process has ended while it trained with others' : message;
      process.stderr.write(`rank ${ranks.rank}: ${said}\n`);
    }
    if (ranks.size > 1) pause(forwarding);
    native.abort(code || 1);
  });
}

/** Milliseconds in which a launcher takes up what was printed. That of MPICH drops it at an abort otherwise. */
const forwarding = 200;

/** Milliseconds between ranks that print, longer than it takes the first one to end the job; and how often one waits. */
const turn = 300;
const mostTurns = 5;

const pause = (milliseconds: number): unknown =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

const shownError = (error: unknown): string =>
  isObject(error) && 'stack' in error ? String(error.stack) : `Uncaught ${String(error)}`;
