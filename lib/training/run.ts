import {
  addon,
  type NativeCurvature,
  type NativeCustomLoss,
  type NativeEpoch,
  type NativeNews,
  type NativeRun,
  type NativeTrainer,
} from '../addon/index.js';
import { checkInternal, type internal } from '../checks/internal.js';
import { isArray, isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkBoolean, checkOneOf, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkDataset, type Dataset, nativeDataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import type { Scores } from '../models/scores.js';
import type { Plan } from '../optimizers/plan.js';
import {
  type CurvatureMonitor,
  checkCurvatureMonitor,
  type StepCurvature,
  stepCurvature,
} from './curvature_monitor.js';
import { type BestEpoch, checkEarlyStopping, type EarlyStopping } from './early_stopping.js';
import { checkAvailable, type Monitor, monitors, type ScoresOfEpochs, scoreOf, usualMonitor } from './monitor.js';

/** The options of one run. */
export interface RunOptions {
  /**
   * Examples per minibatch. The last minibatch of an epoch may be smaller. A number above the size of the dataset
   * counts as that size. Default 32.
   */
  batchSize?: number | undefined;
  /** Number of passes over the dataset. Default 1. */
  epochs?: number | undefined;
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
   * Order in which an epoch visits the examples. Default `'permutation'`.
   *
   * - `'permutation'`: each once, in a new random order for each epoch
   * - `'sequential'`: each once, in the order of the dataset
   * - `'replacement'`: as many as there are, each drawn from all of them
   * - `'weighted'`: as many as there are, drawn in proportion to the dataset's weights, which then don't count in the
   *   loss
   * - `'stratified'`: each once, in a random order in which each minibatch has the classes in the proportions of the
   *   dataset, rounded at random; for targets that are one class number per row
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
  /** Ends the run at the next step. The run then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export const runOptions = [
  'batchSize',
  'epochs',
  'validation',
  'monitor',
  'earlyStopping',
  'sampling',
  'parallel',
  'shuffle',
  'signal',
] as const;

/** Order in which examples are visited. */
export type Sampling = 'permutation' | 'sequential' | 'replacement' | 'weighted' | 'stratified';

const samplings: readonly Sampling[] = ['permutation', 'sequential', 'replacement', 'weighted', 'stratified'];

export interface EpochReport extends Scores {
  /** Number of the epoch, 1 for the first, over all runs of a trainer. */
  epoch: number;
  /** Steps so far, over all runs of a trainer. */
  steps: number;
  validation?: Scores;
  /** Minibatches that were skipped so far, over all runs of a trainer; with `onNonFinite: 'skip'`. */
  skipped?: number;
  /** η of the epoch's last step. */
  learningRate: number;
  /** Time spent in the minibatch loop. */
  seconds: number;
  examplesPerSecond: number;
}

export interface History {
  /** Reports of the epochs that the run completed. */
  epochs: EpochReport[];
  /** Steps at the end, over all runs of a trainer. */
  steps: number;
  /** `'stoppedEarly'`: by early stopping; `'stopped'`: by `stop()`. */
  status: 'completed' | 'stopped' | 'stoppedEarly';
  /**
   * The epoch with the best score, by what early stopping or else `reduceOnPlateau` schedules observe. Absent if no
   * epoch has ended with a finite score.
   */
  best?: BestEpoch;
  /** Reports of a `curvatureMonitor`, if there was one. */
  curvature?: StepCurvature[];
}

/** Progress of a run, counted from its beginning. */
export interface RunProgress {
  /** Number of the current epoch, 1 for the first; 0 before it. */
  epoch: number;
  epochs: number;
  steps: number;
  totalSteps: number;
  /** Mean loss of the current epoch so far. */
  loss?: number;
  examplesPerSecond?: number;
}

/** Steps per chunk of step records. */
const chunk = 4096;

/** What a run reads of its trainer. */
export interface RunHost {
  readonly native: NativeTrainer;
  /** A custom loss. */
  readonly custom: NativeCustomLoss | undefined;
  readonly plan: Plan;
  /** Number of input columns of the network. */
  readonly inputs: number;
  /** Whether accuracy is computed. */
  readonly accuracy: boolean;
  readonly seed: number;
  /** Steps of the trainer so far. */
  readonly steps: number;
  /** Epochs that the trainer has begun before this run. */
  readonly epochs: number;
  /** Called at the end, with the number of epochs that have begun. */
  onEnd(epochs: number): void;
}

/** Whether a run has ended. @internal */
export let hasEnded: (run: Run) => boolean;

/**
 * A training run in the background. Await it for its {@link History}, or iterate over the reports of its epochs as they
 * end; each iteration begins with the first epoch. Leaving a `for await` early does not stop the run, but {@link stop}
 * does.
 */
export class Run implements PromiseLike<History>, AsyncIterable<EpochReport> {
  readonly #native: NativeRun | undefined;
  readonly #host: RunHost;
  readonly #epochs: number;
  readonly #reports: EpochReport[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #ended: Promise<History>;
  #resolve!: (history: History) => void;
  #reject!: (reason: unknown) => void;
  #failure: { reason: unknown } | undefined;
  readonly #metric: Monitor;
  readonly #bestBy: Monitor;
  readonly #curvature: CurvatureMonitor | undefined;
  readonly #curvatureReports: StepCurvature[] = [];
  readonly #stepsPerEpoch: number;
  readonly #stepsOfFirst: number;
  readonly #totalSteps: number;
  #wantsRecords = false;
  #tabulated = 0;
  #over = false;
  #wake: (() => void)[] = [];

  /** @internal */
  constructor(key: typeof internal, host: RunHost, data: Dataset, options: RunOptions) {
    checkInternal(key, 'Run: use fit()');
    this.#host = host;
    const { plan, inputs } = host;
    this.#epochs = checkInteger('epochs', orDefault(options.epochs, 1), 1);
    this.#signal = checkSignal(options.signal);
    const batchSize = checkInteger('batchSize', orDefault(options.batchSize, 32), 1);
    const { metric, curvature } = checkMonitors(options.monitor);
    if (host.custom !== undefined) refuseWithCustomLoss(options, curvature);
    const basics = {
      data: nativeDataset(checkDataset('the training data', data, inputs)),
      validation:
        options.validation === undefined
          ? undefined
          : nativeDataset(checkDataset('validation', options.validation, inputs)),
      batchSize: Math.min(batchSize, data.rows),
      epochs: this.#epochs,
      firstEpoch: host.epochs,
      sampling: checkSampling(options),
      hogwild: options.parallel !== undefined && checkOneOf('parallel', options.parallel, ['hogwild']) === 'hogwild',
      seed: host.seed,
      scheduled: plan.native.scheduled,
      probe: curvature && {
        data: nativeDataset(curvatureRows(curvature, data, inputs, host.seed)),
        every: curvature.every,
      },
      custom: host.custom && {
        compute: host.custom,
        fail: (error: unknown) => {
          this.#failure ??= { reason: error };
        },
      },
    };
    const scores = { validates: basics.validation !== undefined, accuracy: host.accuracy };
    const isObserved = plan.plateaus.length > 0 || options.earlyStopping !== undefined;
    this.#metric = checkMetric(metric, scores, isObserved);
    this.#curvature = curvature;
    const { monitor: bestBy, native: earlyStopping } = checkEarlyStopping(options.earlyStopping, this.#metric, scores);
    this.#bestBy = bestBy;
    [this.#stepsOfFirst, this.#stepsPerEpoch] = host.native.stepsOfRun(data.rows, basics.batchSize);
    this.#totalSteps = this.#stepsAfter(this.#epochs);
    if (!Number.isSafeInteger(host.steps + this.#totalSteps))
      throw errorWith(
        'ERR_OUT_OF_RANGE',
        `${this.#epochs} epochs of ${this.#stepsPerEpoch} steps are too many to count`,
      );
    const records = this.#tabulate();
    this.#ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (this.#signal?.aborted) {
      this.#failure = { reason: this.#signal.reason };
      this.#end();
      return;
    }
    this.#signal?.addEventListener('abort', this.#abort, { once: true });
    try {
      this.#native = new addon.Run(host.native, { ...basics, earlyStopping }, records, (news) => this.#onNews(news));
    } catch (error) {
      this.#signal?.removeEventListener('abort', this.#abort);
      throw error;
    }
  }

  /** The current progress. */
  get progress(): RunProgress {
    const nothing = { epoch: 0, steps: 0, totalSteps: this.#totalSteps };
    return { ...(this.#native?.progress() ?? nothing), epochs: this.#epochs };
  }

  /** Ends the run after the current step. The run then resolves with `status: 'stopped'`. */
  stop(): void {
    this.#native?.stop();
  }

  // biome-ignore lint/suspicious/noThenProperty: a run is awaitable by design
  then<A = History, B = never>(
    onFulfilled?: ((history: History) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#ended.then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<History | B> {
    return this.#ended.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<History> {
    return this.#ended.finally(onFinally);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<EpochReport, void, undefined> {
    this.#ended.catch(() => {}); // the iteration throws the failure
    for (let next = 0; ; ) {
      if (next < this.#reports.length) yield this.#reports[next++]!;
      else if (this.#over && this.#failure) throw this.#failure.reason;
      else if (this.#over) return;
      else await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  readonly #abort = (): void => this.#native?.stop();

  /**
   * The step up to which records can be tabulated. Schedules that observe a metric have to wait for the end of the
   * epoch.
   */
  get #tabulableSteps(): number {
    if (this.#host.plan.plateaus.length === 0) return this.#totalSteps;
    return this.#stepsAfter(Math.min(this.#epochs, this.#reports.length + 1));
  }

  /** The most steps that this many epochs can take; fewer if minibatches are skipped. */
  #stepsAfter(epochs: number): number {
    return this.#stepsOfFirst + (epochs - 1) * this.#stepsPerEpoch;
  }

  #tabulate(): Float64Array {
    const { plan, steps } = this.#host;
    const { recordLength, native } = plan;
    const count = native.scheduled ? Math.min(chunk, this.#tabulableSteps - this.#tabulated) : 1;
    const records = new Float64Array(recordLength * count);
    for (let i = 0; i < count; ++i) plan.fill(records, recordLength * i, steps + this.#tabulated + i);
    this.#tabulated += count;
    return records;
  }

  #onNews(news: NativeNews): void {
    try {
      const curvature = [...news.curvature];
      for (const epoch of news.epochs) {
        while (curvature.length > 0 && curvature[0]!.epoch < epoch.epoch) this.#takeCurvature(curvature.shift()!);
        this.#take(this.#report(epoch));
      }
      for (const measured of curvature) this.#takeCurvature(measured);
      this.#wantsRecords ||= news.wantsRecords;
      if (this.#wantsRecords && news.status === 'running' && this.#tabulated < this.#tabulableSteps) {
        this.#wantsRecords = false;
        this.#native!.supply(this.#tabulate());
      }
    } catch (error) {
      this.#failure ??= { reason: error }; // a schedule or `onReport` has thrown
      this.#native!.stop();
    }
    if (news.status === 'failed') this.#failure ??= { reason: errorWith(news.code, news.message) };
    else if (news.status === 'stopped' && this.#signal?.aborted) this.#failure ??= { reason: this.#signal.reason };
    if (news.status !== 'running' && news.status !== 'failed')
      this.#end({
        epochs: [...this.#reports],
        steps: this.#host.steps + news.steps,
        status: news.status,
        ...(news.best && { best: { ...news.best, monitor: this.#bestBy } }),
        ...(this.#curvature && { curvature: [...this.#curvatureReports] }),
      });
    else if (news.status === 'failed') this.#end();
    for (const wake of this.#wake.splice(0)) wake();
  }

  #take(report: EpochReport): void {
    this.#reports.push(report);
    for (const plateau of this.#host.plan.plateaus) plateau.observe(scoreOf(this.#metric, report));
  }

  #takeCurvature({ epoch: _, step, ...along }: NativeCurvature): void {
    const report = stepCurvature(step, along, this.#host.plan.learningRate(step));
    this.#curvatureReports.push(report);
    this.#curvature!.onReport?.(report);
  }

  #report({ skipped, ...epoch }: NativeEpoch): EpochReport {
    const { plan } = this.#host;
    const learningRate = plan.learningRate(Math.max(0, epoch.steps - 1));
    return { ...epoch, ...(plan.onNonFinite === 'skip' && { skipped }), learningRate };
  }

  #end(history?: History): void {
    this.#over = true;
    this.#host.onEnd(this.#native?.progress().epoch ?? 0);
    try {
      this.#signal?.removeEventListener('abort', this.#abort);
    } catch (error) {
      this.#failure ??= { reason: error };
    }
    if (this.#failure) this.#reject(this.#failure.reason);
    else this.#resolve(history!);
  }

  static {
    hasEnded = (run) => run.#over;
  }
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for options that a custom loss can't go with. */
function refuseWithCustomLoss({ parallel }: RunOptions, curvature: CurvatureMonitor | undefined): void {
  if (parallel === 'hogwild')
    throw errorWith('ERR_INVALID_ARGUMENT', 'parallel "hogwild" has no minibatches, over which losses.custom is');
  if (curvature !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', 'curvatureMonitor needs second derivatives, which losses.custom has not');
}

/** Reads the option `monitor`: at most one metric and one curvature monitor. */
function checkMonitors(given: unknown): { metric: Monitor | undefined; curvature: CurvatureMonitor | undefined } {
  const observed: Monitor[] = [];
  const curvatures: CurvatureMonitor[] = [];
  for (const monitor of isArray(given) ? checkArray('monitor', given) : given === undefined ? [] : [given]) {
    const read: Partial<CurvatureMonitor> = isObject(monitor) ? { ...monitor } : {};
    if (typeof monitor === 'string') observed.push(checkOneOf('monitor', monitor, monitors));
    else if (read.name === 'curvature') curvatures.push(checkCurvatureMonitor(read as CurvatureMonitor));
    else throw invalid('monitor', `one of ${monitors.join(', ')}, or curvatureMonitor(…)`, monitor);
  }
  if (observed.length > 1 || curvatures.length > 1)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `monitor: ${observed.length} metrics and ${curvatures.length} curvature monitors; there can be one of each`,
    );
  return { metric: observed[0], curvature: curvatures[0] };
}

function checkMetric(metric: Monitor | undefined, scores: ScoresOfEpochs, isObserved: boolean): Monitor {
  if (metric === undefined) return usualMonitor(scores);
  checkAvailable('monitor', metric, scores);
  if (!isObserved)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `monitor "${metric}" is for schedules.reduceOnPlateau, which no option is, or for earlyStopping`,
    );
  return metric;
}

/** The rows for a curvature monitor. They are the same in all runs of a trainer on the same data. */
function curvatureRows({ data, examples }: CurvatureMonitor, training: Dataset, inputs: number, seed: number): Dataset {
  if (data) return checkDataset("the curvature monitor's data", data, inputs);
  if (training.rows <= examples!) return training;
  return training.select(addon.permutation(training.rows, seed).subarray(0, examples).sort());
}

function checkSampling({ sampling, shuffle }: RunOptions): Sampling {
  if (shuffle !== undefined) checkBoolean('shuffle', shuffle);
  if (sampling === undefined) return shuffle === false ? 'sequential' : 'permutation';
  checkOneOf('sampling', sampling, samplings);
  if (shuffle !== undefined && shuffle !== (sampling !== 'sequential'))
    throw errorWith('ERR_INVALID_ARGUMENT', `sampling "${sampling}" contradicts shuffle: ${shuffle}`);
  return sampling;
}

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (
    signal !== undefined &&
    (!isObject(signal) ||
      typeof signal.aborted !== 'boolean' ||
      typeof signal.addEventListener !== 'function' ||
      typeof signal.removeEventListener !== 'function')
  )
    throw invalid('signal', 'an AbortSignal', signal);
  return signal;
}
