import type { ErrorCode } from '../errors.js';
import type { NativeDataset } from './data.js';
import type { FloatArray } from './floats.js';
import type { NativeCustomLoss, NativeMetric, NativeTally } from './network.js';

/**
 * The numbers among the options of a run, which the addon reads into RunOptions of the core by their names there.
 */
export interface NativeRunSettings {
  batchSize: number;
  epochs: number;
  firstEpoch: number;
  seed: number;
  /** Whether threads take steps on single examples without synchronisation. */
  hogwild: boolean;
  scheduled: boolean;
  /** Whether schedules observe each epoch. Records that are left at its end are dropped. */
  observed: boolean;
  /** Whether it waits at the end of epochs from the first one on. */
  waitsAtEpochs: boolean;
  /** 0: no limit. */
  maxSeconds: number;
}

export interface NativeRunOptions extends NativeRunSettings {
  data: NativeDataset;
  validation: NativeDataset | undefined;
  /** Metrics of the validation. */
  metrics: readonly NativeMetric[];
  /** Whether the accuracy is computed beside the loss, for epochs and requested steps alike. */
  accuracy: boolean;
  sampling: string;
  /** Data of the curvature monitor, and the number of steps between its reports. */
  probe: { data: NativeDataset; every: number } | undefined;
  earlyStopping: NativeEarlyStopping;
  /** When checkpoints are made, in shared memory for an image. */
  checkpoint: { everySeconds: number | undefined; everySteps: number | undefined; image: Uint8Array } | undefined;
  /** For a trainer with ranks: a text that must be the same on all of them. */
  identity: string | undefined;
  /** Where a run that was interrupted goes on (`runPosition` of records.ts). */
  position: Float64Array | undefined;
  /** Parameters of its best epoch. */
  best: FloatArray | undefined;
  /**
   * A custom loss, and the function that is called with an error that it throws, and with the number of the requested
   * step if the error is in one.
   */
  custom?: { compute: NativeCustomLoss; fail: (error: unknown, request: number | undefined) => void } | undefined;
}

export interface NativeEpoch extends NativeTally {
  epoch: number;
  steps: number;
  /** Steps of the trainer at the report: some may have been requested since the epoch's last one. */
  stepsNow: number;
  seconds: number;
  skipped: number;
  examplesPerSecond: number;
  validation?: NativeTally;
}

/** Loss and curvature along the gradient, after a step. */
export interface NativeCurvature {
  /** Number of the trainer's epochs that had ended. */
  epoch: number;
  step: number;
  loss: number;
  squaredGradientNorm: number;
  gradientCurvature: number;
}

/** How early stopping observes epochs. The best epoch is recorded even without `patience` and `restoreBest`. */
export interface NativeEarlyStopping {
  part: 'training' | 'validation';
  score: 'loss' | 'accuracy' | 'metric';
  /** Which of the run's metrics, if the score is one. */
  metric: number;
  mode: 'min' | 'max';
  /** Successive epochs without improvement that end the run. Undefined: it goes on. */
  patience: number | undefined;
  minimumDelta: number;
  restoreBest: boolean;
}

/** The answer to a requested step. With a code it has failed, and nothing has changed. */
export interface NativeAnswer extends NativeTally {
  id: number;
  steps: number;
  code?: ErrorCode;
  message?: string;
}

export interface NativeNews {
  epochs: NativeEpoch[];
  /** The best epoch so far; absent before any. */
  best?: { epoch: number; steps: number; value: number };
  curvature: NativeCurvature[];
  answers: NativeAnswer[];
  /** An image for a checkpoint, which waits for the description of its file. `steps` are those of the trainer. */
  checkpoint?: { number: number; epochsEnded: number; steps: number };
  /** The checkpoints that have been written, or failed with a code. */
  written: { number: number; code?: ErrorCode; message: string }[];
  wantsRecords: boolean;
  /** Whether the run has had little of the processors for ten seconds. True once. */
  isStarved: boolean;
  steps: number;
  status: 'running' | 'completed' | 'stopped' | 'stoppedEarly' | 'outOfTime' | 'failed';
  code: ErrorCode;
  message: string;
}

export interface NativeRun {
  stop(): void;
  /** Ends the run at once, because it has failed elsewhere. */
  giveUp(): void;
  /**
   * Adds the records of the next steps, made once this many epochs of the run had been observed. Those of an epoch that
   * has ended since are ignored, if schedules observe epochs.
   */
  supply(records: Float64Array, epochsEnded: number): void;
  /**
   * Asks for a step on all rows of a dataset at the next step boundary, which takes the next record. The news has the
   * answer. Returns whether the run takes requests; it does until its end, and leaves some without an answer then.
   */
  request(id: number, data: NativeDataset): boolean;
  /** From the end of the next epoch on, the run waits at the end of each one for {@link goOn}. */
  waitAtEpochs(): void;
  /** Ends the wait at the end of an epoch up to this one. At a later epoch the run keeps waiting. */
  goOn(epoch: number): void;
  /** The same, and the run no longer waits at others. */
  runThrough(): void;
  /**
   * Describes the file of an image: a header whose eight digits at `checksumAt` become the checksum of the pieces, each
   * an offset in the image and a length; and the files that are removed afterwards.
   */
  writeCheckpoint(
    number: number,
    path: string,
    header: Uint8Array,
    checksumAt: number,
    pieces: Float64Array,
    obsolete: readonly string[],
  ): void;
  /** Drops an image that waits for its description. */
  dropCheckpoint(number: number): void;
  progress(): {
    epoch: number;
    steps: number;
    loss?: number;
    examplesPerSecond?: number;
    processorShare?: number;
  };
}
