import os from 'node:os';
import type { Ranks } from '../distributed/ranks.js';

/** Ctrl-C, a request to end, and a terminal that is closed. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof endings)[number];

/** The end of a command by a signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  /** @param what The message for the user. */
  constructor(
    readonly signal: Signal,
    what = 'interrupted',
  ) {
    super(what);
  }
}

/** The exit code of a command that was interrupted: 128 and the number of the signal, as shells have it. */
export const interruptionCode = (error: unknown): number | undefined =>
  error instanceof Interrupted ? 128 + os.constants.signals[error.signal] : undefined;

/**
 * Does work that Ctrl-C, SIGTERM or SIGHUP ends: its signal is aborted, so that files that are being written are removed. A
 * second one ends the process at once.
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = (signal: NodeJS.Signals) => {
    release();
    stopping.abort(new Interrupted(signal as Signal));
  };
  const release = () => {
    for (const signal of endings) process.off(signal, stop);
  };
  for (const signal of endings) process.on(signal, stop);
  try {
    return await work(stopping.signal);
  } finally {
    release();
  }
}

/** The signal that has interrupted this process, or one of the ranks, which all call this together. */
export async function interruptionOf(stop: AbortSignal, ranks: Ranks | undefined): Promise<Signal | undefined> {
  const own = stop.reason instanceof Interrupted ? stop.reason.signal : null;
  const all = ranks ? await ranks.gather(own) : [own];
  return all.find((signal) => signal !== null) ?? undefined;
}

/** Waits for the signal that a server is to end. The next one, whichever it is, ends the process at once. */
export function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      for (const signal of endings) process.off(signal, end);
      resolve();
    };
    for (const signal of endings) process.on(signal, end);
  });
}
