import { isObject } from '../checks/kinds.js';
import { nativeCommunicator, type Ranks } from './ranks.js';
import { isShared } from './shared_errors.js';

/**
 * Ends this process together with the job: MPI finishes once all ranks have reached their end, and if one fails, all of
 * them end. An uncaught error is printed with its rank.
 */
export function endWithJob(ranks: Ranks): void {
  const native = nativeCommunicator(ranks);
  let isOfAll = false;
  process.on('uncaughtException', (error) => {
    if (process.listenerCount('uncaughtException') > 1) return; // the program handles it itself
    isOfAll = isShared(error);
    // Ranks that throw the same error independently take turns: the message of the first one is enough, and it ends the
    // job.
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
      const said = reason === 'ERR_BUSY' ? 'this process has ended while it was training with others' : message;
      process.stderr.write(`rank ${ranks.rank}: ${said}\n`);
    }
    if (ranks.size > 1) pause(forwarding);
    native.abort(code || 1);
  });
}

/** Milliseconds that a launcher needs to forward what was printed. Otherwise that of MPICH drops it at an abort. */
const forwarding = 200;

/**
 * Milliseconds between ranks that print, longer than the first one needs to end the job; and the most turns that a rank
 * waits.
 */
const turn = 300;
const mostTurns = 5;

const pause = (milliseconds: number): unknown =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

const shownError = (error: unknown): string =>
  isObject(error) && 'stack' in error ? String(error.stack) : `Uncaught ${String(error)}`;
