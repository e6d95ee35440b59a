import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import {
  addon,
  type FloatArray,
  type NativeAnswer,
  type NativeCurvature,
  type NativeCustomLoss,
  type NativeDataset,
  type NativeEpoch,
  type NativeNews,
  type NativeRun,
  type NativeTrainer,
} from '../addon/index.js';
import { runPosition } from '../addon/records.js';
import { checkInternal, type internal } from '../checks/internal.js';
import { checkFunction, checkOneOf, checkSignal, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, positive } from '../checks/ranges.js';
import { checkDataset, checkShard, type Dataset, nativeDataset, rowsOfAll, shardSizes } from '../data/dataset.js';
import type { Group } from '../distributed/group.js';
import { noteIfShared } from '../distributed/shared_errors.js';
import { errorWith } from '../errors.js';
import { checkPath } from '../formats/files.js';
import type { TensorFile } from '../formats/safetensors.js';
import type { MetricList } from '../metrics/metric.js';
import { scoresOf } from '../metrics/scores.js';
import type { NetworkDescription } from '../models/files.js';
import type { Model } from '../models/model.js';
import type { Scores } from '../models/scores.js';
import type { Plan } from '../optimizers/plan.js';
import { Checkpoints, checkCheckpoint, onCheckpointErrors } from './checkpoint.js';
import { type CurvatureMonitor, type StepCurvature, stepCurvature } from './curvature_monitor.js';
import { checkEarlyStopping } from './early_stopping.js';
import { EpochMeasures } from './epoch_measures.js';
import { EventFile } from './event_file.js';
import { type Epoch, type EpochReport, epochPassed, type History, type RunProgress } from './history.js';
import { Holds } from './holds.js';
import {
  checkSameRun,
  fingerprintOf,
  type Interrupted,
  identityOf,
  isFinished,
  type RunIdentity,
  type SavedRun,
} from './interrupted.js';
import { JsonLines } from './json_lines.js';
import { type Monitor, placeOf, scoreOf } from './monitor.js';
import { frozen, isHeard, RunChannels } from './run_channels.js';
import type { RunEnd, RunStart } from './run_messages.js';
import type { RunObserver } from './run_observer.js';
import {
  checkMetric,
  checkModes,
  checkMonitors,
  checkSampling,
  checkUnderCustomLoss,
  checkValidated,
  curvatureRows,
  type RunOptions,
} from './run_options.js';
import { arrayOf, type Image } from './trainer_file.js';
import { warnOfEnds, warnOfStarvation } from './warnings.js';

/** Steps per chunk of step records. */
const chunk = 4096;

/** What a run reads of its trainer. */
export interface RunHost {
  readonly native: NativeTrainer;
  /** The custom loss, if the trainer has one. */
  readonly custom: NativeCustomLoss | undefined;
  readonly plan: Plan;
  /** Number of input columns of the network. */
  readonly inputs: number;
  /** The metrics of the run; whether they are its own, and not those of the trainer. */
  readonly metrics: MetricList;
  readonly hasOwnMetrics: boolean;
  /** Whether the accuracy of minibatches is found, for the run or for steps in between. */
  readonly countsCorrect: boolean;
  readonly seed: number;
  /** The ranks that train together. */
  readonly group: Group | undefined;
  /** Whether all of them take each step together, and so find the same fault in it. */
  readonly findsAlike: boolean;
  /** Steps of the trainer so far. */
  readonly steps: number;
  /** Epochs that the trainer has begun before this run. */
  readonly epochs: number;
  /** The run that it was interrupted in, and now finishes. */
  readonly interrupted: Interrupted | undefined;
  /** The architecture of the model, and the trainer's options as JSON. */
  describe(): { model: NetworkDescription; options: Readonly<Record<string, unknown>> };
  /** The trainer's file, for an image that was made in this run. */
  file(image: Image, run: SavedRun): TensorFile;
  /** Writes parameters to the model. */
  show(parameters: FloatArray): void;
  /** A copy of the model with the parameters published after this step, if they are still the last ones. */
  modelAfter(steps: number): Model;
  /** Called with the answer to a requested step. */
  onAnswer(answer: NativeAnswer): void;
  /** Called with what a custom loss has thrown at a requested step. */
  onRefusal(id: number, reason: unknown): void;
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
 * A training run in the background, with the scores `V` of its validation. Await it for its {@link History}, or iterate
 * over the reports of its epochs as they end; each iteration begins with the first epoch.
 *
 * While the body of a `for await` works on an epoch that has just ended, the run waits, and the model has the
 * parameters of that epoch: `predict`, `evaluate`, `save` and `parameters` alike. What the body writes to the
 * parameters is what training goes on from. {@link stop} in the body ends the run with them. Leaving the loop lets the
 * run go on without it. A loop that begins late first gets the reports of epochs that have passed. Awaiting the run
 * while it waits lets it go on.
 */
export class Run<V = Scores> implements PromiseLike<History<V>>, AsyncIterable<Epoch<V>> {
  /** Names this run in logs, and in messages of `node:diagnostics_channel`. No two runs have the same, anywhere. */
  readonly id: string = randomUUID();
  readonly #begun = performance.now();
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
  /** How the run has ended, for those who observe it afterwards. */
  #runEnd: RunEnd | undefined;
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
  /** Number of step records that have been tabulated; and that may be, for what schedules know so far. */
  #tabulated = 0;
  #tabulable: number;
  /** Steps that were requested from outside, and those of them that have their answer. */
  #requested = 0;
  #answered = 0;
  #over = false;
  #wake: (() => void)[] = [];
  readonly #holds: Holds | undefined;
  readonly #onEpoch: ((epoch: Epoch) => unknown) | undefined;
  readonly #observers: RunObserver[] = [];

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
    if (host.custom !== undefined) checkUnderCustomLoss(options, curvature);
    const training = nativeDataset(checkShard(checkDataset('the training data', data, inputs), host.group));
    const rows = rowsOfAll(data);
    if (shardSizes(data) && options.sampling === 'weighted')
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'sampling "weighted" is for data that all ranks have, and not for shards',
      );
    const monitored = curvature && curvatureRows(curvature, data, inputs, host.seed);
    const basics = {
      data: training,
      validation:
        options.validation === undefined
          ? undefined
          : nativeDataset(checkShard(checkDataset('validation', options.validation, inputs), host.group)),
      metrics: host.metrics.apart,
      accuracy: host.countsCorrect,
      batchSize: Math.min(batchSize, rows),
      epochs: this.#epochs,
      firstEpoch: host.epochs,
      sampling: checkSampling(options, training.isReadByBlocks()),
      hogwild: options.parallel !== undefined && checkOneOf('parallel', options.parallel, ['hogwild']) === 'hogwild',
      maxSeconds:
        options.maxSeconds === undefined ? undefined : checkNumber('maxSeconds', options.maxSeconds, positive),
      seed: host.seed,
      scheduled: plan.native.scheduled,
      observed: plan.plateaus.length > 0,
      probe: curvature && {
        data: nativeDataset(monitored!),
        every: curvature.every,
      },
      custom: host.custom && {
        compute: host.custom,
        fail: (error: unknown, request: number | undefined) => {
          if (request === undefined) return this.#fail(error);
          ++this.#answered;
          host.onRefusal(request, error);
        },
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
    if (options.checkpoint !== undefined || interrupted !== undefined || host.group) {
      const decisive = {
        batchSize: basics.batchSize,
        epochs: this.#epochs,
        sampling: basics.sampling,
        monitor: this.#metric,
        earlyStopping: options.earlyStopping && earlyStopping,
        curvatureMonitor: curvature && { every: curvature.every, data: fingerprintOf(monitored!) },
        metrics: host.hasOwnMetrics ? host.metrics.metrics : undefined,
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
    [this.#stepsOfFirst, this.#stepsPerEpoch] = host.native.stepsOfRun(rows, basics.batchSize, taken);
    this.#totalSteps = this.#stepsOfFirst + (this.#epochs - this.#before.epochs - 1) * this.#stepsPerEpoch;
    this.#tabulable = basics.observed ? this.#stepsOfFirst : this.#totalSteps;
    if (!Number.isSafeInteger(host.steps + this.#totalSteps))
      throw errorWith(
        'ERR_OUT_OF_RANGE',
        `${this.#epochs} epochs of ${this.#stepsPerEpoch} steps are too many to count`,
      );
    // The first rank writes for all.
    const written = <T>(value: T): T | undefined => (host.group && host.group.rank > 0 ? undefined : value);
    const checkpoint = options.checkpoint === undefined ? undefined : written(checkCheckpoint(options.checkpoint));
    const logDir = options.logDir === undefined ? undefined : written(checkPath('logDir', options.logDir));
    const logFile = options.logFile === undefined ? undefined : written(checkPath('logFile', options.logFile));
    const start = (): RunStart => {
      const { model, options: ofTrainer } = host.describe();
      const { folder, everySeconds, everySteps, keep } = checkpoint ?? {};
      const { mode, patience, minimumDelta, restoreBest } = earlyStopping;
      const ofRun = {
        batchSize: basics.batchSize,
        epochs: this.#epochs,
        maxSeconds: basics.maxSeconds,
        validation: options.validation && { rows: rowsOfAll(options.validation) },
        monitor: this.#metric,
        curvatureMonitor: curvature && { every: curvature.every, rows: monitored!.rows },
        earlyStopping: options.earlyStopping && { monitor: bestBy, mode, patience, minimumDelta, restoreBest },
        sampling: basics.sampling,
        parallel: basics.hogwild ? 'hogwild' : undefined,
        ...(host.hasOwnMetrics && { metrics: host.metrics.metrics }),
        checkpoint: checkpoint && { folder, everySeconds, everySteps, keep },
        logDir,
        logFile,
      };
      const plain = JSON.parse(JSON.stringify({ model, options: { ...ofTrainer, ...ofRun } }));
      const at = { steps: host.steps, epochs: this.#before.epochs, totalSteps: this.#totalSteps };
      return frozen({ run: this.id, ...plain, rows, ...at });
    };
    if (checkpoint !== undefined) {
      this.#checkpoints = new Checkpoints(
        this.id,
        checkpoint,
        checkOneOf('onCheckpointError', orDefault(options.onCheckpointError, 'warn'), onCheckpointErrors),
        host.native.imageLayout(earlyStopping.restoreBest ? 'kept' : 'none'),
      );
    } else if (options.checkpoint === undefined && options.onCheckpointError !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', 'onCheckpointError is for a run with the option checkpoint');
    this.#ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Made before the run begins, since it reads nested options, whose getters may throw.
    const isStartHeard = logDir !== undefined || logFile !== undefined || isHeard('glissade:run:start');
    const started = isStartHeard ? start() : undefined;
    const begin = () => {
      this.#observers.push(new RunChannels(this.id), new EpochMeasures(this.id));
      if (logDir !== undefined) this.#observers.push(new EventFile(logDir, this.id));
      if (logFile !== undefined) this.#observers.push(new JsonLines(logFile, this.id));
      if (started) for (const observer of this.#observers) observer.onStart?.(started);
    };
    if (interrupted && isFinished(interrupted.position, this.#epochs, earlyStopping.patience)) {
      const best = bestParameters(interrupted);
      if (best) host.show(best);
      begin();
      this.#end(this.#finished(interrupted, this.#epochs));
      return;
    }
    if (this.#signal?.aborted && !host.group) {
      this.#failure = { reason: this.#signal.reason };
      begin();
      this.#end();
      return;
    }
    this.#signal?.addEventListener('abort', this.#abort, { once: true });
    const spanBefore = plan.run;
    try {
      // An interrupted run goes on with the span that it began with, which its trainer has.
      if (!interrupted) {
        plan.run = { first: host.steps, steps: this.#totalSteps, stepsPerEpoch: this.#stepsPerEpoch };
        warnOfEnds(plan.schedules, plan.run, this.#epochs);
      }
      const records = this.#tabulate();
      const native = {
        ...basics,
        earlyStopping,
        holdsAtEpochs: true,
        checkpoint: this.#checkpoints?.native,
        position: interrupted?.position,
        identity:
          host.group && JSON.stringify({ ...this.#identity!, firstEpoch: host.epochs, metrics: host.metrics.metrics }),
        best: interrupted && bestParameters(interrupted),
      };
      this.#native = new addon.Run(host.native, native, records, (news) => this.#onNews(news));
    } catch (error) {
      plan.run = spanBefore;
      this.#signal?.removeEventListener('abort', this.#abort);
      throw error;
    }
    this.#holds = new Holds(this.#native, { always: this.#onEpoch !== undefined });
    begin();
    if (this.#signal?.aborted) this.stop(); // of a group: others have to agree
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

  #tabulate(): Float64Array {
    const { plan, steps } = this.#host;
    const { recordLength, native } = plan;
    const count = native.scheduled ? Math.min(chunk, this.#tabulable - this.#tabulated) : 1;
    const records = new Float64Array(recordLength * count);
    for (let i = 0; i < count; ++i) plan.fill(records, recordLength * i, steps + this.#tabulated + i);
    this.#tabulated += count;
    return records;
  }

  #supply(): void {
    this.#wantsRecords = false;
    this.#native!.supply(this.#tabulate(), this.#reports.length - this.#before.epochs);
  }

  /** The run has dropped the records that an epoch has left, since schedules had not observed it when they were made. */
  #tabulateAgain({ stepsNow }: NativeEpoch): void {
    const { plan, steps } = this.#host;
    const isLast = this.#reports.length === this.#epochs;
    const waiting = plan.accumulate > 1 ? 1 : 0; // requested minibatches may have left gradients for one more step
    this.#tabulated = stepsNow - steps;
    this.#tabulable = this.#tabulated + this.#requested - this.#answered + (isLast ? 0 : this.#stepsPerEpoch + waiting);
    this.#wantsRecords = true;
  }

  #onNews(news: NativeNews): void {
    if (news.isStarved) warnOfStarvation(this.progress.processorShare!);
    this.#answered += news.answers.length;
    for (const answer of news.answers) this.#host.onAnswer(answer);
    let { checkpoint } = news;
    const describe = () => {
      if (checkpoint && !this.#failure) this.#describe(checkpoint);
      else if (checkpoint) this.#native!.dropCheckpoint(checkpoint.number);
      checkpoint = undefined;
    };
    try {
      this.#checkpoints?.settle(news.written); // first, because an image follows those that have been written
    } catch (error) {
      this.#fail(error); // the epochs of the same news are reported nevertheless
    }
    try {
      const curvature = [...news.curvature];
      for (const epoch of news.epochs) {
        while (curvature.length > 0 && curvature[0]!.epoch < epoch.epoch) this.#takeCurvature(curvature.shift()!);
        if (checkpoint?.epochsEnded === this.#reports.length) describe();
        this.#take(this.#report(epoch));
        if (this.#host.plan.plateaus.length > 0) this.#tabulateAgain(epoch);
        if (this.#onEpoch) void this.#callOnEpoch(this.#reports.at(-1)!);
      }
      if (news.epochs.length > 0) this.#holds!.onEpoch(news.epochs.at(-1)!.epoch);
      for (const measured of curvature) this.#takeCurvature(measured);
      describe();
      this.#wantsRecords ||= news.wantsRecords;
      if (this.#wantsRecords && news.status === 'running' && this.#tabulated < this.#tabulable) this.#supply();
    } catch (error) {
      if (checkpoint) this.#native!.dropCheckpoint(checkpoint.number);
      this.#fail(error); // a schedule, `onReport` or the description of a checkpoint has thrown
    }
    if (news.status === 'failed') {
      const reason = errorWith(news.code, news.message);
      this.#failure ??= { reason };
      if (this.#host.group && this.#host.findsAlike) noteIfShared(reason);
    }
    if (news.status === 'stopped' && this.#signal?.aborted) this.#failure ??= { reason: this.#signal.reason };
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
    if (this.#host.group) this.#native?.giveUp();
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

  #describe(checkpoint: NonNullable<NativeNews['checkpoint']>): void {
    const { image } = this.#checkpoints!;
    const probeDueAt = arrayOf(image, 'run')[runPosition.at.probeDueAt]!; // reports may be newer than the image
    const curvature = this.#curvatureReports.filter(({ step }) => step < probeDueAt);
    const file = this.#host.file(image, { ...this.#identity!, epochs: this.#reports, curvature });
    this.#checkpoints!.describe(this.#native!, checkpoint, file);
  }

  #take(report: Epoch): void {
    this.#reports.push(report);
    for (const observer of this.#observers) observer.onEpoch(report);
    for (const plateau of this.#host.plan.plateaus) plateau.observe(scoreOf(this.#metric, report));
  }

  #takeCurvature({ epoch: _, step, ...along }: NativeCurvature): void {
    const report = stepCurvature(step, along, this.#host.plan.learningRate(step));
    this.#curvatureReports.push(report);
    for (const observer of this.#observers) observer.onCurvature(report);
    this.#curvature!.onReport?.(report);
  }

  #report({ skipped, validation, accuracy, stepsNow: _, ...epoch }: NativeEpoch): Epoch {
    const { plan, metrics } = this.#host;
    const learningRate = plan.learningRate(Math.max(0, epoch.steps - 1));
    const report = {
      ...epoch,
      ...(metrics.accuracy && { accuracy }),
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
    this.#runEnd = this.#ending(history);
    for (const observer of this.#observers) observer.onEnd(this.#failure, this.#runEnd);
  }

  #ending(history?: History): RunEnd {
    const { steps = this.#host.steps + stepsHere(this as Run), best } = history ?? {};
    const isAborted = this.#signal?.aborted && this.#failure?.reason === this.#signal.reason;
    return {
      run: this.id,
      status: isAborted ? 'aborted' : this.#failure ? 'failed' : history!.status,
      epochs: this.#reports.length,
      steps,
      seconds: (performance.now() - this.#begun) / 1000,
      ...(best && { best }),
      ...(this.#failure && { error: this.#failure.reason }),
    };
  }

  /**
   * Tells an observer of all that the run has reported, and will report. Unlike a loop over the epochs, it does not make
   * the run wait.
   */
  observe(observer: RunObserver): void {
    for (const report of this.#reports) observer.onEpoch(report);
    for (const report of this.#curvatureReports) observer.onCurvature(report);
    if (this.#runEnd) observer.onEnd(this.#failure, this.#runEnd);
    else this.#observers.push(observer);
  }

  #request(id: number, minibatch: NativeDataset): void {
    const areAllTabulated = this.#tabulated === this.#tabulable;
    if (!this.#native!.request(id, minibatch)) return;
    ++this.#requested;
    ++this.#tabulable;
    // The step takes a record that the run would not ask for before the next epoch, or at all.
    if (!this.#host.plan.native.scheduled || !areAllTabulated) return;
    try {
      this.#supply();
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

/** The parameters of the best epoch before the interruption; absent if there was none yet. */
function bestParameters({ position, best }: Interrupted): FloatArray | undefined {
  return position[runPosition.at.bestEpoch]! > 0 ? best : undefined;
}
