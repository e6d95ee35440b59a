import type { Ranks } from '../../distributed/ranks.js';
import type { CalibrationOptions } from './calibration.js';
import type { TrainDecisionOptions } from './decisions.js';
import type { TableTrainingOptions } from './options.js';

export interface TrainOptions extends TableTrainingOptions, TrainDecisionOptions, CalibrationOptions {
  /**
   * The fraction of the rows to hold out for the scores. Default: 0.1 from 50,000 rows on. In smaller tables, each row is held out
   * once and predicted by models that are trained on others, and the final model is trained on all rows.
   */
  readonly validation?: number | undefined;
  /**
   * Folder for the checkpoints of this training. After the process has ended, even by SIGKILL, a training with the same table and
   * options continues from there to the same model. The folder is removed at the end. Default: none.
   */
  readonly checkpoints?: string | URL | undefined;
  /** Folder for event files of TensorBoard, with a subfolder for each run. Default: none. */
  readonly logDir?: string | URL | undefined;
  /** File to which all runs append their logs, like `logFile` of a network's `fit`. Default: none. */
  readonly logFile?: string | URL | undefined;
  /**
   * Ends training early: the current run stops at its next step, no new run begins, and the result is the best model so far.
   */
  readonly stop?: AbortSignal | undefined;
  /**
   * Processes that train together (`distributed()` of `glissade/distributed`). Each calls this with the same table and options,
   * computes its part of every minibatch, and gets the same model. The first one writes files. Default: those of the table if
   * each has a part of it (`table(…, { ranks })`), else this process alone.
   */
  readonly ranks?: Ranks | undefined;
  /**
   * Whether to look for reasons why the scores may be too good for new rows: repeated values, equal rows, an order in time, a
   * column that all but is the target. It may train on a sample of at most 4,000 rows. Default true.
   */
  readonly warnings?: boolean | undefined;
  /** Called with the current stage and the progress of all trainings, from 0 to 1. */
  readonly onProgress?: ((stage: string, share: number) => void) | undefined;
}

/** Options of `train` for several targets. */
export type TrainSeveralOptions = Omit<
  TrainOptions,
  | 'target'
  | 'task'
  | 'loss'
  | 'quantiles'
  | 'classWeights'
  | 'threshold'
  | 'costs'
  | 'calibration'
  | 'softmax'
  | 'ranks'
  | 'checkpoints'
> & {
  /** The columns to predict. */
  readonly target: readonly string[];
};
