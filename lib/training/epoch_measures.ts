import { performance } from 'node:perf_hooks';
import type { Epoch } from './history.js';
import type { RunObserver } from './run_observer.js';

const name = 'glissade:epoch';

/**
 * Measures the epochs of a run on the timeline of the process, for a `PerformanceObserver`.
 *
 * Node keeps every measure for as long as the process lives, and does not show whether anybody observes them. So each
 * is removed at once: observers have it by then. A measure takes 5 µs.
 */
export function epochMeasures(run: string): RunObserver {
  /** Epochs that were reported in this turn of the event loop. */
  const epochs: Epoch[] = [];
  /** Epochs that were reported together are placed one after the other, and the last ends now. */
  const measure = (): void => {
    let end = performance.now();
    for (const { epoch, loss, examplesPerSecond, seconds } of epochs.splice(0).reverse()) {
      const start = Math.max(0, end - 1000 * seconds);
      performance.measure(name, { start, end, detail: { run, epoch, loss, examplesPerSecond } });
      end = start;
    }
    performance.clearMeasures(name);
  };
  return {
    onEpoch: (epoch) => {
      if (epochs.push(epoch) === 1) queueMicrotask(measure);
    },
  };
}
