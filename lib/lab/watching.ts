import { setImmediate } from 'node:timers/promises';
import { checkFunction, checkSignal } from '../checks/options.js';

import type { Outcome } from './outcome.js';
import type { Watcher } from './trial.js';

/** How something that runs for a while can be watched and ended. */
export interface WatchedOptions {
  /** Called from time to time with the fraction that is done, from 0 to 1. */
  onProgress?: ((share: number) => void) | undefined;
  /** Called with the figures, checks and findings so far, as they are found. */
  onOutcome?: ((outcome: Outcome) => void) | undefined;
  /** Ends it; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** @throws TypeError for callbacks that are no functions, and for a signal that is none. */
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
