import { isObject } from '../checks/kinds.js';
import { isCommon } from './common.js';
import { type Group, nativeCommunicator } from './group.js';

/**
 * Ends this process together with the job: MPI ends when all ranks have come to their end, or all of them end when one
 * fails. An error that nobody catches is printed with its rank.
 */
export function endWithJob(group: Group): void {
  const native = nativeCommunicator(group);
  let endsAlike = false;
  process.on('uncaughtException', (error) => {
    if (process.listenerCount('uncaughtException') > 1) return; // the program has a way of its own
    endsAlike = isCommon(error);
    if (!endsAlike || group.rank === 0)
      process.stderr.write(`${group.size > 1 ? `rank ${group.rank}: ` : ''}${shownError(error)}\n`);
    process.exit(1);
  });
  process.on('exit', (code) => {
    try {
      if (code === 0 || endsAlike) return native.finish();
    } catch (error) {
      process.stderr.write(`rank ${group.rank}: ${(error as Error).message}\n`);
    }
    native.abort(code || 1);
  });
}

const shownError = (error: unknown): string =>
  isObject(error) && 'stack' in error ? String(error.stack) : `Uncaught ${String(error)}`;
