import os from 'node:os';

type Signal = 'SIGINT' | 'SIGTERM';

/** The reason of what Ctrl-C, or a request to end, has ended. */
class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(readonly signal: Signal) {
    super('interrupted');
  }
}

/** The exit code of a command that was interrupted: 128 and the number of the signal, as shells have it. */
export const interruptionCode = (error: unknown): number | undefined =>
  error instanceof Interrupted ? 128 + os.constants.signals[error.signal] : undefined;

/**
 * Does work that Ctrl-C or SIGTERM ends: its signal is aborted, so that files that are being written are removed. A
 * second one ends the process at once.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = (signal: NodeJS.Signals) => stopping.abort(new Interrupted(signal as Signal));
  const signals: Signal[] = ['SIGINT', 'SIGTERM'];
  for (const signal of signals) process.once(signal, stop);
  try {
    return await work(stopping.signal);
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
