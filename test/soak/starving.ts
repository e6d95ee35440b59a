import { readFileSync } from 'node:fs';
import { refusal } from './comparisons';

const sizeOfProcess = () => 1024 * Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]);

/** Asks the parent process to limit this one's address space. Returns whether it could. */
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
 * Runs `action` with `bytes` more than the memory in use, and returns whether it succeeded. ERR_OUT_OF_RANGE is
 * allowed; any other error fails the case. On systems that can't limit a process, memory is unlimited.
 */
export async function starved(bytes: number, action: () => unknown): Promise<boolean> {
  globalThis.gc!(); // Node ends if it lacks memory for its garbage collection
  const isLimited =
    process.platform === 'linux' && process.send !== undefined && (await limit(sizeOfProcess() + bytes));
  try {
    const refused = await refusal(action);
    // If the engine has not started yet, memory for its thread may be missing.
    if (refused && refused.code !== 'ERR_OUT_OF_RANGE' && !refused.message.startsWith("the engine's thread"))
      throw new Error(`without memory: ${refused.code}: ${refused.message}`);
    return refused === undefined;
  } finally {
    if (isLimited) await limit('none');
  }
}
