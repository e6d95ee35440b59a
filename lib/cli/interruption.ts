import os from 'node:os';
import type { Ranks } from '../distributed/ranks.js';

/** Signals that end a command: Ctrl-C, a request to terminate, and a closed terminal. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof endings)[number];

/** The error of a command that a signal ended. */
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

/** The exit code of an interrupted command: 128 plus the number of the signal, as in shells. */
export const interruptionCode = (error: unknown): number | undefined =>
  error instanceof Interrupted ? 128 + os.constants.signals[error.signal] : undefined;

/**
 * Runs work that Ctrl-C, SIGTERM or SIGHUP interrupts. Its abort signal lets it remove files that are half written. A second
 * signal ends the process at once.
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

/** The signal that interrupted this process, or another rank. All ranks call this together. */
export async function interruptionOf(stop: AbortSignal, ranks: Ranks | undefined): Promise<Signal | undefined> {
  const own = stop.reason instanceof Interrupted ? stop.reason.signal : null;
  const all = ranks ? await ranks.gather(own) : [own];
  return all.find((signal) => signal !== null) ?? undefined;
}

/** Waits for the signal that asks a server to stop. Any further signal ends the process at once. */
export function firstSignal(signals: readonly Signal[] = endings): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      for (const signal of signals) process.off(signal, end);
      resolve();
    };
    for (const signal of signals) process.on(signal, end);
  });
}
