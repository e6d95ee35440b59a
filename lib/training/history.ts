import { errorWith } from '../errors.js';
import type { Model } from '../models/model.js';
import type { Scores } from '../models/scores.js';
import type { StepCurvature } from './curvature_monitor.js';
import type { BestEpoch } from './early_stopping.js';

/** The report of an epoch. `V` are the scores of its validation. */
export interface EpochReport<V = Scores> extends Scores {
  /** Number of the epoch, 1 for the first, over all runs of a trainer. */
  epoch: number;
  /** Steps so far, over all runs of a trainer. */
  steps: number;
  /** The loss and all metrics, at the parameters of the epoch's end; with the option `validation`. */
  validation?: V;
  /** Minibatches that were skipped so far, over all runs of a trainer; with `onNonFinite: 'skip'`. */
  skipped?: number;
  /** η of the epoch's last step. */
  learningRate: number;
  /** Time spent in the minibatch loop. */
  seconds: number;
  examplesPerSecond: number;
}

/** An epoch that has just ended. */
export interface Epoch<V = Scores> extends EpochReport<V> {
  /**
   * A copy of the model with the parameters at the end of this epoch, even if steps of `stepAsync` have followed.
   * Available while the run waits at this epoch. The method is not enumerable: JSON and copies of the report leave it
   * out.
   *
   * @throws GlissadeError `ERR_EPOCH_PASSED` once the run has gone on.
   */
  model(): Model;
}

/** The result of a run. `V` are the scores of its validation. */
export interface History<V = Scores> {
  /** Reports of the epochs that the run completed. */
  epochs: EpochReport<V>[];
  /** Steps at the end, over all runs of a trainer. */
  steps: number;
  /** `'stoppedEarly'`: by early stopping; `'outOfTime'`: by `maxSeconds`; `'stopped'`: by `stop()`. */
  status: 'completed' | 'stopped' | 'stoppedEarly' | 'outOfTime';
  /**
   * The epoch with the best score: that of `earlyStopping.monitor`, or without early stopping of the run's `monitor`.
   * Absent if no epoch has ended with a finite score.
   */
  best?: BestEpoch;
  /** Reports of a `curvatureMonitor`, if there was one. */
  curvature?: StepCurvature[];
}

/** Progress of a run, counted from its beginning. */
export interface RunProgress {
  /** Number of the current epoch, 1 for the first; 0 before it. */
  epoch: number;
  /** Number of epochs: the option `epochs`. */
  epochs: number;
  /** Steps so far, including those of `stepAsync`. */
  steps: number;
  /**
   * The most steps that the run takes, including those of `stepAsync` so far. With skipped minibatches it takes fewer.
   */
  totalSteps: number;
  /** Mean loss of the current epoch so far. */
  loss?: number;
  examplesPerSecond?: number;
  /**
   * Processor time of the team in the last second or so, as a fraction of what its threads would use alone. Absent
   * before the first second, and for single examples one after the other. Low beside busy programs, since training
   * runs at a low priority unless `configure({ priority: 'normal' })` says otherwise.
   */
  processorShare?: number;
}

export const epochPassed = () =>
  errorWith(
    'ERR_EPOCH_PASSED',
    'epoch.model(): the run has gone on since this epoch. Call it in the body of a loop over the run, or in onEpoch, while the run waits there',
  );
