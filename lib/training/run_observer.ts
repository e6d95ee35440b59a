import type { StepCurvature } from './curvature_monitor.js';
import type { Epoch } from './history.js';
import type { RunEnd, RunStart } from './run_messages.js';

/**
 * Receives the reports of a run, which does not wait for it. What its functions throw becomes an uncaught exception of
 * the process.
 */
export interface RunObserver {
  /** Called only on observers that were attached before the run started. */
  onStart?(start: RunStart): void;
  onEpoch(epoch: Epoch): void;
  onCurvature?(report: StepCurvature): void;
  /** @param failure What the run rejects with, if it does. */
  onEnd?(failure: { readonly reason: unknown } | undefined, end: RunEnd): void;
}
