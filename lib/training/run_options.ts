import { addon } from '../addon/index.js';
import { isArray, isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkBoolean, checkOneOf } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import { checkDataset, type Dataset, shardSizes } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import type { Mode } from '../metrics/metric.js';
import type { Scores } from '../models/scores.js';
import type { Plan } from '../optimizers/plan.js';
import { modeOfPlateau } from '../schedules/reduce_on_plateau.js';
import type { CheckpointOptions, OnCheckpointError } from './checkpoint.js';
import { type CurvatureMonitor, checkCurvatureMonitor } from './curvature_monitor.js';
import type { EarlyStopping } from './early_stopping.js';
import type { Epoch } from './history.js';
import { checkMonitor, type Monitor, type ScoresOfEpochs, usualMonitor } from './monitor.js';

/** The options of one run. `V` are the scores of its validation. */
export interface RunOptions<V = Scores> {
  /**
   * Examples per minibatch. The last minibatch of an epoch may be smaller. A number above the size of the dataset
   * counts as that size. Default 32.
   */
  batchSize?: number | undefined;
  /** Number of passes over the dataset. Default 1. */
  epochs?: number | undefined;
  /**
   * Seconds after which the run ends, at the next step, with what early stopping restores. A validation is finished
   * before, and so is a wait at the end of an epoch. Schedules don't know of it. Default: no limit.
   */
  maxSeconds?: number | undefined;
  /** Data to evaluate at the end of each epoch. Default: none. */
  validation?: Dataset | undefined;
  /**
   * Metric that `reduceOnPlateau` schedules and early stopping observe at the end of each epoch, by default
   * `'validation.loss'`, or `'loss'` without validation; a `curvatureMonitor`, by default none; or an array of both.
   */
  monitor?: Monitor | CurvatureMonitor | readonly (Monitor | CurvatureMonitor)[] | undefined;
  /**
   * Ends the run once a score has not improved for some epochs, and gives the model the parameters of the best epoch.
   * `{}` means the defaults. Default: the run takes all epochs and ends with the parameters of its last step.
   */
  earlyStopping?: EarlyStopping | undefined;
  /**
   * Called with the report of each epoch. The run waits until the promise that it returns, if any, is fulfilled, and
   * the model meanwhile has the parameters of that epoch. If it throws or rejects, the run ends and rejects with that.
   */
  onEpoch?: ((epoch: Epoch<V>) => unknown) | undefined;
  /**
   * Order in which an epoch visits the examples. Default `'permutation'`; `'blocks'` for a dataset over a file that is
   * larger than 64 MB.
   *
   * - `'permutation'`: each once, in a new random order for each epoch
   * - `'sequential'`: each once, in the order of the dataset
   * - `'replacement'`: as many as there are, each drawn from all of them
   * - `'weighted'`: as many as there are, drawn in proportion to the dataset's weights, which then don't count in the
   *   loss
   * - `'stratified'`: each once, in a random order in which each minibatch has the classes in the proportions of the
   *   dataset, rounded at random; for targets that are one class number per row
   * - `'blocks'`: each once; blocks of 4,096 adjacent rows in a new random order for each epoch, the rows shuffled within
   *   windows of as many blocks as take 64 MB. A file is read a window at a time, ahead of the steps
   */
  sampling?: Sampling | undefined;
  /**
   * How threads divide the work. By default they divide each minibatch, and the same seed and data give the same bits
   * for any number of them. `'hogwild'`, for linear models with `batchSize: 1`: each thread takes examples of its own
   * and updates the parameters without synchronisation, so steps now and then overwrite each other (Niu, Recht, Ré &
   * Wright 2011, https://arxiv.org/abs/1106.5730). That does little harm if examples have few entries in common.
   * Results differ from run to run.
   */
  parallel?: 'hogwild' | undefined;
  /** `false` means `sampling: 'sequential'`. */
  shuffle?: boolean | undefined;
  /**
   * Checkpoints: files in a folder from which {@link Trainer.resume} goes on after the process has ended, even by
   * SIGKILL or a loss of power. They are written beside the run, one at the end included. Not with `parallel`. Default:
   * none.
   */
  checkpoint?: CheckpointOptions | undefined;
  /**
   * What happens if a checkpoint can't be written, for example because the disk is full. `'warn'`: a warning of the
   * process says so once, and the run goes on. `'throw'`: the run ends after the step under way, and rejects. Older
   * checkpoints are kept in either case. Default `'warn'`.
   */
  onCheckpointError?: OnCheckpointError | undefined;
  /**
   * Folder for an event file of TensorBoard (`tensorboard --logdir`), a new one for each run: the scores, learning rate
   * and examples per second of each epoch by the trainer's steps, and the options as a text. The folder is made if it is
   * not there. A file that can't be written is warned of once (`GLISSADE_LOG`), and the run goes on. Default: none.
   */
  logDir?: string | URL | undefined;
  /**
   * File to append the run to, as JSON objects of a line each: its start with the options, its epochs, its end. Its folder
   * is made if it is not there. A file that can't be written is warned of once (`GLISSADE_LOG`), and the run goes on.
   * Default: none.
   */
  logFile?: string | URL | undefined;
  /** Ends the run at the next step. The run then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export const runOptions = [
  'batchSize',
  'epochs',
  'validation',
  'monitor',
  'earlyStopping',
  'onEpoch',
  'maxSeconds',
  'sampling',
  'parallel',
  'shuffle',
  'checkpoint',
  'onCheckpointError',
  'logDir',
  'logFile',
  'signal',
] as const;

/** Order in which examples are visited. */
export type Sampling = 'permutation' | 'sequential' | 'replacement' | 'weighted' | 'stratified' | 'blocks';

const samplings: readonly Sampling[] = ['permutation', 'sequential', 'replacement', 'weighted', 'stratified', 'blocks'];

/** Reads the option `monitor`: at most one metric and one curvature monitor. */
export function checkMonitors(given: unknown): { metric: string | undefined; curvature: CurvatureMonitor | undefined } {
  const observed: string[] = [];
  const curvatures: CurvatureMonitor[] = [];
  for (const monitor of isArray(given) ? checkArray('monitor', given) : given === undefined ? [] : [given]) {
    const read: Partial<CurvatureMonitor> = isObject(monitor) ? { ...monitor } : {};
    if (typeof monitor === 'string') observed.push(monitor);
    else if (read.name === 'curvature') curvatures.push(checkCurvatureMonitor(read as CurvatureMonitor));
    else throw invalid('monitor', 'the name of a score, or curvatureMonitor(…)', monitor);
  }
  if (observed.length > 1 || curvatures.length > 1)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `monitor: ${observed.length} metrics and ${curvatures.length} curvature monitors; there can be one of each`,
    );
  return { metric: observed[0], curvature: curvatures[0] };
}

/** @throws TypeError for options that don't go with a custom loss. */
export function checkUnderCustomLoss(
  { parallel }: Pick<RunOptions, 'parallel'>,
  curvature: CurvatureMonitor | undefined,
): void {
  if (parallel === 'hogwild')
    throw errorWith('ERR_INVALID_ARGUMENT', 'parallel "hogwild" has no minibatches, over which losses.custom is');
  if (curvature !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', 'curvatureMonitor needs second derivatives, which losses.custom has not');
}

/** @throws TypeError for metrics that are computed on validation data, where there are none. */
export function checkValidated({ validates, metrics }: ScoresOfEpochs): void {
  if (!validates && metrics.apart.length > 0)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `metrics: ${metrics.apart.map(({ as }) => as).join(', ')} need the option validation; on training data a run computes the loss and accuracy only`,
    );
}

export function checkMetric(given: unknown, scores: ScoresOfEpochs, isObserved: boolean): Monitor {
  if (given === undefined) return usualMonitor(scores);
  const metric = checkMonitor('monitor', given, scores);
  if (!isObserved)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `monitor "${metric}" is for schedules.reduceOnPlateau, which no option is, or for earlyStopping`,
    );
  return metric;
}

/** @throws TypeError for a schedule that takes the wrong direction of a metric for the better one. */
export function checkModes(metric: Monitor, mode: Mode, plateaus: Plan['plateaus']): void {
  const wrong = plateaus.map(modeOfPlateau).find((each) => each !== mode);
  if (wrong !== undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${metric} should be ${mode === 'max' ? 'large' : 'small'}, but the schedule reduceOnPlateau that observes it has mode "${wrong}"; give it mode: "${mode}"`,
    );
}

/** The rows for a curvature monitor. They are the same in all runs of a trainer on the same data. */
export function curvatureRows(
  { data, examples }: CurvatureMonitor,
  training: Dataset,
  inputs: number,
  seed: number,
): Dataset {
  if (data) return checkWhole(checkDataset("the curvature monitor's data", data, inputs));
  checkWhole(training);
  if (training.rows <= examples!) return training;
  return training.select(addon.permutation(training.rows, seed).subarray(0, examples).sort());
}

/** @throws TypeError for a shard. */
function checkWhole(data: Dataset): Dataset {
  if (!shardSizes(data)) return data;
  throw errorWith(
    'ERR_INVALID_ARGUMENT',
    'curvatureMonitor is for data that all ranks have, and not for shards; give it data: the same rows on each rank',
  );
}

/** The order of a run's examples; by blocks if the data are so large a file that other orders would read it at random. */
export function checkSampling(
  { sampling, shuffle }: Pick<RunOptions, 'sampling' | 'shuffle'>,
  isReadByBlocks: boolean,
): Sampling {
  if (shuffle !== undefined) checkBoolean('shuffle', shuffle);
  if (sampling === undefined) return shuffle === false ? 'sequential' : isReadByBlocks ? 'blocks' : 'permutation';
  checkOneOf('sampling', sampling, samplings);
  if (shuffle !== undefined && shuffle !== (sampling !== 'sequential'))
    throw errorWith('ERR_INVALID_ARGUMENT', `sampling "${sampling}" contradicts shuffle: ${shuffle}`);
  return sampling;
}
