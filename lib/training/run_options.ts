import { isArray, isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkBoolean, checkFunction, checkOneOf, checkSignal, ifGiven, orDefault, refuse } from '../checks/options.js';
import { checkInteger, checkNumber, positive } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import type { Dataset } from '../data/dataset.js';
import { checkPath } from '../formats/files.js';
import type { Scores } from '../models/scores.js';
import { type CheckpointOptions, checkCheckpoint, type OnCheckpointError, onCheckpointErrors } from './checkpoint.js';
import { type CurvatureMonitor, checkCurvatureMonitor } from './curvature_monitor.js';
import type { EarlyStopping } from './early_stopping.js';
import type { Epoch } from './history.js';
import type { Monitor } from './monitor.js';

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
   * Seconds after which the run ends, at the next step, with what early stopping restores. A validation and a wait at
   * the end of an epoch are finished first. Schedules don't take the limit into account. Default: no limit.
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
   * the model meanwhile has the parameters of that epoch. If it throws or rejects, the run ends and rejects with that
   * error.
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
   * for any number of them. `'hogwild'`, for linear models of sparse columns with `batchSize: 1` and a rule that leaves
   * untouched parameters unchanged (`ftrl`; `sgd` and `adagrad` without weight decay): each thread takes separate examples
   * and updates the parameters without synchronisation, so steps now and then overwrite each other (Niu, Recht, Ré &
   * Wright 2011, https://arxiv.org/abs/1106.5730). That does little harm if examples have few entries in common.
   * Results differ from run to run.
   */
  parallel?: 'hogwild' | undefined;
  /** `false` means `sampling: 'sequential'`. */
  shuffle?: boolean | undefined;
  /**
   * Checkpoints: files in a folder from which {@link Trainer.resume} goes on after the process has ended, even by
   * SIGKILL or a loss of power. They are written while the run goes on, and once at its end. Not with `parallel`.
   * Default: none.
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
   * and examples per second of each epoch by the trainer's steps, and the options as a text. The folder is created if
   * missing. If the file can't be written, a warning says so once (`GLISSADE_LOG`), and the run goes on. Default: none.
   */
  logDir?: string | URL | undefined;
  /**
   * File to append the run to, as one JSON object per line: its start with the options, its epochs, its end. Its folder
   * is created if missing. If the file can't be written, a warning says so once (`GLISSADE_LOG`), and the run goes on.
   * Default: none.
   */
  logFile?: string | URL | undefined;
  /** Ends the run at the next step. The run then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Order in which examples are visited. */
export type Sampling = 'permutation' | 'sequential' | 'replacement' | 'weighted' | 'stratified' | 'blocks';

const samplings: readonly Sampling[] = ['permutation', 'sequential', 'replacement', 'weighted', 'stratified', 'blocks'];

/** How each option is read by itself. Those that depend on data or on each other are checked in run_settings.ts. */
const readers = {
  batchSize: (given) => checkInteger('batchSize', orDefault(given, 32), 1),
  epochs: (given) => checkInteger('epochs', orDefault(given, 1), 1),
  maxSeconds: (given) => ifGiven(given, (seconds) => checkNumber('maxSeconds', seconds, positive)),
  validation: (given) => given,
  monitor: checkMonitors,
  earlyStopping: (given) => given,
  onEpoch: (given) => ifGiven(given, (call) => checkFunction('onEpoch', call)),
  sampling: (given) => ifGiven(given, (order) => checkOneOf('sampling', order, samplings)),
  parallel: (given) => ifGiven(given, (way) => checkOneOf('parallel', way, ['hogwild'])),
  shuffle: (given) => ifGiven(given, (shuffles) => checkBoolean('shuffle', shuffles)),
  checkpoint: (given) => ifGiven(given, checkCheckpoint),
  onCheckpointError: (given) => ifGiven(given, (way) => checkOneOf('onCheckpointError', way, onCheckpointErrors)),
  logDir: (given) => ifGiven(given, (path) => checkPath('logDir', path)),
  logFile: (given) => ifGiven(given, (path) => checkPath('logFile', path)),
  signal: checkSignal,
} satisfies { [Name in keyof RunOptions]-?: (given: RunOptions[Name]) => unknown };

export const runOptions = Object.keys(readers) as (keyof RunOptions)[];

/** The options of a run, each read once and checked by itself. */
export type ReadOptions = { readonly [Name in keyof typeof readers]: ReturnType<(typeof readers)[Name]> };

/** @throws TypeError, RangeError for an option that is not valid by itself. */
export const readRunOptions = (options: object): ReadOptions =>
  Object.fromEntries(
    Object.entries(readers).map(([name, read]) => [
      name,
      (read as (given: unknown) => unknown)(options[name as keyof typeof options]),
    ]),
  ) as ReadOptions;

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
  refuse([
    [
      observed.length > 1 || curvatures.length > 1,
      `monitor: ${observed.length} metrics and ${curvatures.length} curvature monitors; there can be one of each`,
    ],
  ]);
  return { metric: observed[0], curvature: curvatures[0] };
}
