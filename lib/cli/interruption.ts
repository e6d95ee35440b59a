/** The reason of what Ctrl-C has ended. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Whether an error is the end of a command by Ctrl-C. */
export const isInterruption = (error: unknown): boolean => error instanceof Interrupted;

/** Exit code of a command that was interrupted: 128 and the number of SIGINT, as shells have it. */
export const interruptedCode = 130;

/**
 * Does work that Ctrl-C ends: its signal is aborted, so that files that are being written are removed. A second Ctrl-C ends
 * the process at once.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Interrupted('interrupted'));
  process.once('SIGINT', stop);
  try {
    return await work(stopping.signal);
  } finally {
    process.off('SIGINT', stop);
  }
}
