import { readFileSync } from 'node:fs';
import { refusal } from './comparisons';

const sizeOfProcess = () => 1024 * Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);

/** Asks the process above for a limit of this one's address space. */
function limit(bytes: number | 'none'): Promise<boolean> {
  return new Promise((resolve) => {
    const answered = (message: { limited?: boolean }) => {
      if (message.limited === undefined) return;
      process.off('message', answered);
      resolve(message.limited);
    };
    process.on('message', answered);
    process.send!({ limit: bytes });
  });
}

/**
 * Does `action` with so many bytes more than there are. It succeeds, or fails with ERR_OUT_OF_RANGE; any other failure is one of the
 * case. Returns whether it succeeded. Where nobody can limit a process, it has all memory.
 */
export async function starved(bytes: number, action: () => unknown): Promise<boolean> {
  globalThis.gc!(); // Node ends where it has no memory to tidy up with
  const isLimited =
    process.platform === 'linux' && process.send !== undefined && (await limit(sizeOfProcess() + bytes));
  try {
    const refused = await refusal(action);
    // Where the engine has not started yet, there may be no memory for its thread.
    if (refused && refused.code !== 'ERR_OUT_OF_RANGE' && !refused.message.startsWith("the engine's thread"))
      throw new Error(`without memory: ${refused.code}: ${refused.message}`);
    return refused === undefined;
  } finally {
    if (isLimited) await limit('none');
  }
}
