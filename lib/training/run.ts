import {
  addon,
  type FloatArray,
  type NativeAnswer,
  type NativeCurvature,
  type NativeDataset,
  type NativeEpoch,
  type NativeNews,
  type NativeRun,
  type NativeTrainer,
} from '../addon/index.js';
import { runPosition } from '../addon/records.js';
import { checkInternal, type internal } from '../checks/internal.js';
import { isArray, isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkBoolean, checkFunction, checkOneOf, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, positive } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkDataset, type Dataset, nativeDataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import type { TensorFile } from '../formats/safetensors.js';
import type { MetricList, Mode } from '../metrics/metric.js';
import { scoresOf } from '../metrics/scores.js';
import type { Model } from '../models/model.js';
import type { Scores } from '../models/scores.js';
import type { Plan } from '../optimizers/plan.js';
import { modeOfPlateau } from '../schedules/reduce_on_plateau.js';
import {
  type CheckpointOptions,
  Checkpoints,
  checkCheckpoint,
  type OnCheckpointError,
  onCheckpointErrors,
} from './checkpoint.js';
import {
  type CurvatureMonitor,
  checkCurvatureMonitor,
  type StepCurvature,
  stepCurvature,
} from './curvature_monitor.js';
import { type BestEpoch, checkEarlyStopping, type EarlyStopping } from './early_stopping.js';
import { Holds } from './holds.js';
import {
  checkSameRun,
  type Interrupted,
  identityOf,
  isFinished,
  type RunIdentity,
  type SavedRun,
} from './interrupted.js';
import { checkMonitor, type Monitor, placeOf, type ScoresOfEpochs, scoreOf, usualMonitor } from './monitor.js';
import type { Image } from './trainer_file.js';
import { warnOfEnds, warnOfStarvation } from './warnings.js';

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
   * before. Schedules don't know of it. Default: no limit.
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
  'signal',
] as const;

/** Order in which examples are visited. */
export type Sampling = 'permutation' | 'sequential' | 'replacement' | 'weighted' | 'stratified';

const samplings: readonly Sampling[] = ['permutation', 'sequential', 'replacement', 'weighted', 'stratified'];

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
   * A copy of the model with the parameters at the end of this epoch, for as long as the run waits there; also if steps
   * by `stepAsync` have followed. No property of the report: JSON and copies of the report leave it out.
   *
   * @throws GlissadeError `ERR_EPOCH_PASSED` once the run has gone on.
   */
  model(): Model;
}

/** What a run leaves. `V` are the scores of its validation. */
export interface History<V = Scores> {
  /** Reports of the epochs that the run completed. */
  epochs: EpochReport<V>[];
  /** Steps at the end, over all runs of a trainer. */
  steps: number;
  /** `'stoppedEarly'`: by early stopping; `'outOfTime'`: by `maxSeconds`; `'stopped'`: by `stop()`. */
  status: 'completed' | 'stopped' | 'stoppedEarly' | 'outOfTime';
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
  /**
   * Processor time of the team in the last second or so, as a fraction of what its threads would use alone. Absent
   * before the first second, and for single examples one after the other. Low beside busy programs, since training
   * runs at a low priority unless `configure({ priority: 'normal' })` says otherwise.
   */
  processorShare?: number;
}

/** Steps per chunk of step records. */
const chunk = 4096;

/** What a run reads of its trainer. */
export interface RunHost {
  readonly native: NativeTrainer;
  readonly plan: Plan;
  /** Number of input columns of the network. */
  readonly inputs: number;
  readonly metrics: MetricList;
  readonly seed: number;
  /** Steps of the trainer so far. */
  readonly steps: number;
  /** Epochs that the trainer has begun before this run. */
  readonly epochs: number;
  /** The run that it was interrupted in, and now finishes. */
  readonly interrupted: Interrupted | undefined;
  /** The trainer's file, for an image of the trainer in this run. */
  file(image: Image, run: SavedRun): TensorFile;
  /** Writes parameters to the model. */
  show(parameters: FloatArray): void;
  /** A copy of the model with the parameters published after this step, if they are still the last ones. */
  modelAfter(steps: number): Model;
  /** Called with the answer to a requested step. */
  onAnswer(answer: NativeAnswer): void;
  /** Called at the end, with the number of epochs that have begun; undefined if the run never began. */
  onEnd(epochs: number | undefined): void;
}

/** Steps that a run has taken since this process began it or went on with it. @internal */
export let stepsHere: (run: Run) => number;

/**
 * Asks a run for a step on a minibatch, at its next step boundary. `onAnswer` of its host gets the answer, unless the
 * run ends before.
 *
 * @throws TypeError, RangeError for a minibatch that doesn't fit.
 * @internal
 */
export let requestStep: (run: Run, id: number, minibatch: NativeDataset) => void;

/** Whether a run has ended. @internal */
export let hasEnded: (run: Run) => boolean;

/**
 * A training run in the background, with the scores `V` of its validation. Await it for its {@link History}, or iterate over the reports of its epochs as they
 * end; each iteration begins with the first epoch.
 *
 * While the body of a `for await` works on an epoch that has just ended, the run waits, and the model has the
 * parameters of that epoch: `predict`, `evaluate`, `save` and `parameters` alike. What the body writes to the
 * parameters is what training goes on from. {@link stop} in the body ends the run with them. Leaving the loop lets the
 * run go on without it. A loop that begins late first gets the reports of epochs that have passed. Awaiting the run
 * while it waits lets it go on.
 */
export class Run<V = Scores> implements PromiseLike<History<V>>, AsyncIterable<Epoch<V>> {
  readonly #native: NativeRun | undefined;
  readonly #host: RunHost;
  readonly #epochs: number;
  readonly #reports: Epoch[] = [];
  /** What `epoch.model()` reads. Empty after the run, so that a history does not keep its model in memory. */
  readonly #modelSource: { host: RunHost | undefined };
  readonly #signal: AbortSignal | undefined;
  readonly #ended: Promise<History>;
  #resolve!: (history: History) => void;
  #reject!: (reason: unknown) => void;
  #failure: { reason: unknown } | undefined;
  readonly #metric: Monitor;
  readonly #bestBy: Monitor;
  readonly #curvature: CurvatureMonitor | undefined;
  readonly #curvatureReports: StepCurvature[] = [];
  readonly #identity: RunIdentity | undefined;
  readonly #checkpoints: Checkpoints | undefined;
  /** What this run had done before it was interrupted. */
  readonly #before = { steps: 0, epochs: 0 };
  readonly #stepsPerEpoch: number;
  readonly #stepsOfFirst: number;
  readonly #totalSteps: number;
  #wantsRecords = false;
  #tabulated = 0;
  /** Steps that were requested from outside. */
  #requested = 0;
  #over = false;
  #wake: (() => void)[] = [];
  readonly #holds: Holds | undefined;
  readonly #onEpoch: ((epoch: Epoch) => unknown) | undefined;

  /** @internal */
  constructor(key: typeof internal, host: RunHost, data: Dataset, options: RunOptions<V>) {
    checkInternal(key, 'Run: use fit()');
    this.#host = host;
    this.#modelSource = { host };
    const { plan, inputs } = host;
    const { interrupted } = host;
    this.#epochs = checkInteger('epochs', orDefault(options.epochs, 1), 1);
    this.#signal = checkSignal(options.signal);
    this.#onEpoch =
      options.onEpoch === undefined
        ? undefined
        : checkFunction('onEpoch', options.onEpoch as (epoch: Epoch) => unknown);
    const batchSize = checkInteger('batchSize', orDefault(options.batchSize, 32), 1);
    const { metric, curvature } = checkMonitors(options.monitor);
    const training = nativeDataset(checkDataset('the training data', data, inputs));
    const monitored = curvature && curvatureRows(curvature, data, inputs, host.seed);
    const basics = {
      data: training,
      validation:
        options.validation === undefined
          ? undefined
          : nativeDataset(checkDataset('validation', options.validation, inputs)),
      metrics: host.metrics.apart,
      batchSize: Math.min(batchSize, data.rows),
      epochs: this.#epochs,
      firstEpoch: host.epochs,
      sampling: checkSampling(options),
      hogwild: options.parallel !== undefined && checkOneOf('parallel', options.parallel, ['hogwild']) === 'hogwild',
      maxSeconds:
        options.maxSeconds === undefined ? undefined : checkNumber('maxSeconds', options.maxSeconds, positive),
      seed: host.seed,
      scheduled: plan.native.scheduled,
      probe: curvature && {
        data: nativeDataset(monitored!),
        every: curvature.every,
      },
    };
    const scores = { validates: basics.validation !== undefined, metrics: host.metrics };
    checkValidated(scores);
    const isObserved = plan.plateaus.length > 0 || options.earlyStopping !== undefined;
    this.#metric = checkMetric(metric, scores, isObserved);
    checkModes(this.#metric, placeOf(this.#metric, scores).mode, plan.plateaus);
    this.#curvature = curvature;
    const { monitor: bestBy, native: earlyStopping } = checkEarlyStopping(options.earlyStopping, this.#metric, scores);
    this.#bestBy = bestBy;
    if (options.checkpoint !== undefined || interrupted !== undefined) {
      const decisive = {
        batchSize: basics.batchSize,
        epochs: this.#epochs,
        sampling: basics.sampling,
        monitor: this.#metric,
        earlyStopping: options.earlyStopping && earlyStopping,
        curvatureMonitor: curvature && { every: curvature.every, rows: monitored!.rows },
      };
      this.#identity = identityOf(decisive, data, options.validation);
    }
    if (basics.hogwild && (options.checkpoint !== undefined || interrupted))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `${interrupted ? 'a run that is resumed' : 'checkpoint'} does not go with parallel "hogwild", whose order of examples no file could tell`,
      );
    if (interrupted) this.#goOnWith(interrupted);
    const taken = interrupted?.position[runPosition.at.examplesTaken] ?? 0;
    [this.#stepsOfFirst, this.#stepsPerEpoch] = host.native.stepsOfRun(data.rows, basics.batchSize, taken);
    this.#totalSteps = this.#stepsAfter(this.#epochs);
    if (!Number.isSafeInteger(host.steps + this.#totalSteps))
      throw errorWith(
        'ERR_OUT_OF_RANGE',
        `${this.#epochs} epochs of ${this.#stepsPerEpoch} steps are too many to count`,
      );
    // An interrupted run goes on with the span that it began with, which its trainer has.
    if (!interrupted) {
      plan.run = { first: host.steps, steps: this.#totalSteps, stepsPerEpoch: this.#stepsPerEpoch };
      warnOfEnds(plan.schedules, plan.run, this.#epochs);
    }
    if (options.checkpoint !== undefined) {
      this.#checkpoints = new Checkpoints(
        checkCheckpoint(options.checkpoint),
        checkOneOf('onCheckpointError', orDefault(options.onCheckpointError, 'warn'), onCheckpointErrors),
        host.native.imageLayout(earlyStopping.restoreBest ? 'kept' : 'none'),
      );
    } else if (options.onCheckpointError !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', 'onCheckpointError is for a run with the option checkpoint');
    this.#ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (interrupted && isFinished(interrupted.position, this.#epochs, earlyStopping.patience)) {
      const best = bestParameters(interrupted);
      if (best) host.show(best);
      this.#end(this.#finished(interrupted, this.#epochs));
      return;
    }
    const records = this.#tabulate();
    if (this.#signal?.aborted) {
      this.#failure = { reason: this.#signal.reason };
      this.#end();
      return;
    }
    this.#signal?.addEventListener('abort', this.#abort, { once: true });
    try {
      const native = {
        ...basics,
        earlyStopping,
        holdsAtEpochs: true,
        checkpoint: this.#checkpoints?.native,
        position: interrupted?.position,
        best: interrupted && bestParameters(interrupted),
      };
      this.#native = new addon.Run(host.native, native, records, (news) => this.#onNews(news));
    } catch (error) {
      this.#signal?.removeEventListener('abort', this.#abort);
      throw error;
    }
    this.#holds = new Holds(this.#native, { always: this.#onEpoch !== undefined });
  }

  /** The current progress. */
  get progress(): RunProgress {
    const nothing = { epoch: 0, steps: 0, totalSteps: this.#totalSteps };
    const { steps, totalSteps: _, ...progress } = this.#native?.progress() ?? nothing;
    const before = this.#before.steps;
    return {
      ...progress,
      steps: before + steps,
      totalSteps: before + this.#totalSteps + this.#requested,
      epochs: this.#epochs,
    };
  }

  /**
   * Ends the run after the current step; at the end of an epoch where it waits, with the parameters of that epoch. The
   * run then resolves with `status: 'stopped'`.
   */
  stop(): void {
    this.#native?.stop();
    this.#holds?.release();
  }

  // biome-ignore lint/suspicious/noThenProperty: a run is awaitable by design
  then<A = History<V>, B = never>(
    onFulfilled?: ((history: History<V>) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#awaited().then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<History<V> | B> {
    return this.#awaited().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<History<V>> {
    return this.#awaited().finally(onFinally);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Epoch<V>, void, undefined> {
    this.#ended.catch(() => {}); // the iteration throws the failure
    const loop = {};
    if (!this.#over) this.#holds?.enter(loop);
    try {
      for (let next = this.#before.epochs; ; ) {
        if (next < this.#reports.length) yield this.#reports[next++]! as Epoch<V>;
        else if (this.#over && this.#failure) throw this.#failure.reason;
        else if (this.#over) return;
        else {
          this.#holds?.end(loop);
          await new Promise<void>((resolve) => this.#wake.push(resolve));
        }
      }
    } finally {
      this.#holds?.leave(loop);
    }
  }

  #awaited(): Promise<History<V>> {
    this.#holds?.onAwaited();
    return this.#ended as Promise<History<V>>;
  }

  readonly #abort = (): void => this.stop();

  /**
   * The step up to which records can be tabulated. Schedules that observe a metric have to wait for the end of the
   * epoch.
   */
  get #tabulableSteps(): number {
    const isAllKnown = this.#host.plan.plateaus.length === 0;
    const epochs = isAllKnown ? this.#epochs : Math.min(this.#epochs, this.#reports.length + 1);
    return this.#stepsAfter(epochs) + this.#requested;
  }

  /** The most steps until this many epochs have ended; fewer if minibatches are skipped. */
  #stepsAfter(epochs: number): number {
    return this.#stepsOfFirst + (epochs - this.#before.epochs - 1) * this.#stepsPerEpoch;
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
    if (news.isStarved) warnOfStarvation(this.progress.processorShare!);
    for (const answer of news.answers) this.#host.onAnswer(answer);
    let { checkpoint } = news;
    const describe = () => {
      if (checkpoint && !this.#failure) this.#describe(checkpoint);
      else if (checkpoint) this.#native!.dropCheckpoint(checkpoint.number);
      checkpoint = undefined;
    };
    try {
      this.#checkpoints?.settle(news.written); // first, because an image follows those that have been written
      const curvature = [...news.curvature];
      for (const epoch of news.epochs) {
        while (curvature.length > 0 && curvature[0]!.epoch < epoch.epoch) this.#takeCurvature(curvature.shift()!);
        if (checkpoint?.epochsEnded === this.#reports.length) describe();
        this.#take(this.#report(epoch));
        if (this.#onEpoch) void this.#callOnEpoch(this.#reports.at(-1)!);
      }
      if (news.epochs.length > 0) this.#holds!.onEpoch(news.epochs.at(-1)!.epoch);
      for (const measured of curvature) this.#takeCurvature(measured);
      describe();
      this.#wantsRecords ||= news.wantsRecords;
      if (this.#wantsRecords && news.status === 'running' && this.#tabulated < this.#tabulableSteps) {
        this.#wantsRecords = false;
        this.#native!.supply(this.#tabulate());
      }
    } catch (error) {
      if (checkpoint) this.#native!.dropCheckpoint(checkpoint.number);
      this.#fail(error); // a schedule, `onReport` or a checkpoint has thrown
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

  async #callOnEpoch(report: Epoch): Promise<void> {
    const call = {};
    this.#holds!.begin(call);
    try {
      await this.#onEpoch!(report);
    } catch (error) {
      if (this.#over) throw error; // nobody else would hear of it
      this.#fail(error);
    } finally {
      this.#holds!.end(call);
    }
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.stop();
  }

  /** Goes on with a run that was interrupted. */
  #goOnWith(interrupted: Interrupted): void {
    checkSameRun(interrupted, this.#identity!);
    this.#reports.push(...(interrupted.epochs as EpochReport[]).map((report) => this.#epochOf(report)));
    this.#curvatureReports.push(...interrupted.curvature);
    this.#before.epochs = this.#reports.length;
    this.#before.steps = interrupted.position[runPosition.at.steps]!;
  }

  /** The history of a run that had been interrupted at its end. */
  #finished({ position }: Interrupted, epochs: number): History {
    const { at } = runPosition;
    return {
      epochs: [...this.#reports],
      steps: this.#host.steps,
      status: position[at.epochsEnded] === epochs ? 'completed' : 'stoppedEarly',
      ...(position[at.bestEpoch]! > 0 && {
        best: {
          epoch: position[at.bestEpoch]!,
          steps: position[at.bestSteps]!,
          value: position[at.bestValue]!,
          monitor: this.#bestBy,
        },
      }),
      ...(this.#curvature && { curvature: [...this.#curvatureReports] }),
    };
  }

  #describe({ number, steps }: NonNullable<NativeNews['checkpoint']>): void {
    const { image } = this.#checkpoints!;
    const curvature = this.#curvatureReports.filter(({ step }) => step <= steps);
    const file = this.#host.file(image, { ...this.#identity!, epochs: this.#reports, curvature });
    this.#checkpoints!.describe(this.#native!, number, file);
  }

  #take(report: Epoch): void {
    this.#reports.push(report);
    for (const plateau of this.#host.plan.plateaus) plateau.observe(scoreOf(this.#metric, report));
  }

  #takeCurvature({ epoch: _, step, ...along }: NativeCurvature): void {
    const report = stepCurvature(step, along, this.#host.plan.learningRate(step));
    this.#curvatureReports.push(report);
    this.#curvature!.onReport?.(report);
  }

  #report({ skipped, validation, ...epoch }: NativeEpoch): Epoch {
    const { plan, metrics } = this.#host;
    const learningRate = plan.learningRate(Math.max(0, epoch.steps - 1));
    const report = {
      ...epoch,
      ...(validation && { validation: scoresOf<readonly []>(metrics, validation) }),
      ...(plan.onNonFinite === 'skip' && { skipped }),
      learningRate,
    };
    return this.#epochOf(report);
  }

  #epochOf(report: EpochReport): Epoch {
    const source = this.#modelSource;
    const model = {
      value: () => {
        if (source.host === undefined) throw epochPassed();
        return source.host.modelAfter(report.steps);
      },
    };
    return Object.defineProperty(report, 'model', model) as EpochReport & Epoch;
  }

  #end(history?: History): void {
    this.#over = true;
    this.#modelSource.host = undefined;
    this.#host.onEnd(this.#native?.progress().epoch ?? history?.epochs.length);
    try {
      this.#signal?.removeEventListener('abort', this.#abort);
    } catch (error) {
      this.#failure ??= { reason: error };
    }
    if (this.#failure) this.#reject(this.#failure.reason);
    else this.#resolve(history!);
  }

  #request(id: number, minibatch: NativeDataset): void {
    const areAllTabulated = this.#tabulated === this.#tabulableSteps;
    if (!this.#native!.request(id, minibatch)) return;
    ++this.#requested;
    // The step takes a record that the run would not ask for before the next epoch, or at all.
    if (!this.#host.plan.native.scheduled || !areAllTabulated) return;
    this.#wantsRecords = false;
    try {
      this.#native!.supply(this.#tabulate());
    } catch (error) {
      this.#fail(error); // a schedule has thrown
    }
  }

  static {
    hasEnded = (run) => run.#over;
    requestStep = (run, id, minibatch) => run.#request(id, minibatch);
    stepsHere = (run) => run.#native?.progress().steps ?? 0;
  }
}

/** Reads the option `monitor`: at most one metric and one curvature monitor. */
function checkMonitors(given: unknown): { metric: string | undefined; curvature: CurvatureMonitor | undefined } {
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

/** @throws TypeError for metrics that are computed on validation data, where there are none. */
function checkValidated({ validates, metrics }: ScoresOfEpochs): void {
  if (!validates && metrics.apart.length > 0)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `metrics: ${metrics.apart.map(({ as }) => as).join(', ')} need the option validation; on training data a run computes the loss and accuracy only`,
    );
}

function checkMetric(given: unknown, scores: ScoresOfEpochs, isObserved: boolean): Monitor {
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
function checkModes(metric: Monitor, mode: Mode, plateaus: Plan['plateaus']): void {
  const wrong = plateaus.map(modeOfPlateau).find((each) => each !== mode);
  if (wrong !== undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${metric} should be ${mode === 'max' ? 'large' : 'small'}, but the schedule reduceOnPlateau that observes it has mode "${wrong}"; give it mode: "${mode}"`,
    );
}

/** The rows for a curvature monitor. They are the same in all runs of a trainer on the same data. */
function curvatureRows({ data, examples }: CurvatureMonitor, training: Dataset, inputs: number, seed: number): Dataset {
  if (data) return checkDataset("the curvature monitor's data", data, inputs);
  if (training.rows <= examples!) return training;
  return training.select(addon.permutation(training.rows, seed).subarray(0, examples).sort());
}

function checkSampling({ sampling, shuffle }: Pick<RunOptions, 'sampling' | 'shuffle'>): Sampling {
  if (shuffle !== undefined) checkBoolean('shuffle', shuffle);
  if (sampling === undefined) return shuffle === false ? 'sequential' : 'permutation';
  checkOneOf('sampling', sampling, samplings);
  if (shuffle !== undefined && shuffle !== (sampling !== 'sequential'))
    throw errorWith('ERR_INVALID_ARGUMENT', `sampling "${sampling}" contradicts shuffle: ${shuffle}`);
  return sampling;
}

/** @throws TypeError unless it is an AbortSignal or undefined. */
export function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
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

export const epochPassed = () =>
  errorWith(
    'ERR_EPOCH_PASSED',
    'epoch.model(): the run has gone on since this epoch. Call it in the body of a loop over the run, or in onEpoch, while the run waits there',
  );

/** The parameters of the best epoch before the interruption; absent if there was none yet. */
function bestParameters({ position, best }: Interrupted): FloatArray | undefined {
  return position[runPosition.at.bestEpoch]! > 0 ? best : undefined;
}
