import type { NetworkDescription } from '../models/files.js';
import type { BestEpoch } from './early_stopping.js';
import type { EpochReport, History } from './history.js';

/** Message of the channel `glissade:run:start`: a run has begun, or goes on after an interruption. */
export interface RunStart {
  /** {@link Run.id} */
  run: string;
  /** The architecture, as `model.toJSON()` gives it. */
  model: NetworkDescription;
  /** The options of the trainer as they were given, and those of the run with their defaults, as plain JSON. */
  options: Readonly<Record<string, unknown>>;
  /** Rows of the training data. */
  rows: number;
  /** Steps of the trainer before the run; for a resumed run, those before it goes on. */
  steps: number;
  /** Epochs of this run that had ended before it was interrupted; 0 for a new run. */
  epochs: number;
  /** The most steps that the run takes from here on. */
  totalSteps: number;
}

/** Message of the channel `glissade:run:epoch`: the report of an epoch that has ended. */
export interface RunEpoch extends EpochReport {
  run: string;
}

/** Message of the channel `glissade:run:end`. */
export interface RunEnd {
  run: string;
  /** As in the history; `'aborted'` by the option `signal`; `'failed'` if the run rejects with another error. */
  status: History['status'] | 'aborted' | 'failed';
  /** Epochs of this run that have ended, including those before an interruption. */
  epochs: number;
  /** Steps of the trainer. */
  steps: number;
  /** Time since `fit` was called. */
  seconds: number;
  /** The best epoch so far, of a run that has not failed. */
  best?: BestEpoch;
  /** What the run rejects with, if it does. */
  error?: unknown;
}

/** Message of the channel `glissade:run:checkpoint`: a checkpoint is on the disk. */
export interface RunCheckpoint {
  run: string;
  file: string;
  /** Steps of the trainer at the checkpoint. */
  steps: number;
}

/** Message of the channel `glissade:refusal`: an error with a `code`. */
export interface Refusal {
  /** What was refused: a run failed; a step of `trainer.stepAsync`; a checkpoint, without which the run goes on. */
  operation: 'fit' | 'stepAsync' | 'checkpoint';
  /** The run, for `'fit'` and `'checkpoint'`. */
  run?: string;
  code: string;
  error: Error;
}
