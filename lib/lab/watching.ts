import { setImmediate } from 'node:timers/promises';
import { checkFunction, checkSignal } from '../checks/options.js';

import type { Outcome } from './outcome.js';
import type { Watcher } from './trial.js';

/** Options to follow and end a long computation. */
export interface WatchedOptions {
  /** Called repeatedly with the fraction that is done, from 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
  /** Called with the figures, checks and findings so far, as they are found. */
  onOutcome?: ((outcome: Outcome) => void) | undefined;
  /** Ends the computation, which then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** @throws TypeError if a callback is not a function, or the signal is not an AbortSignal. */
export function watching({ onProgress, onOutcome, signal }: WatchedOptions): Watcher {
  for (const [name, value] of Object.entries({ onProgress, onOutcome }))
    if (value !== undefined) checkFunction(name, value);
  checkSignal(signal);
  return {
    async onProgress(share) {
      onProgress?.(share);
      await setImmediate();
      signal?.throwIfAborted();
    },
    ...(onOutcome && { onOutcome }),
  };
}
