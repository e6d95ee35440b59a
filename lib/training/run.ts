import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { addon, type FloatArray, type NativeDataset, type NativeNews, type NativeRun } from '../addon/index.js';
import { runPosition } from '../addon/records.js';
import { checkInternal, type internal } from '../checks/internal.js';
import { isObject } from '../checks/kinds.js';
import { checkFunction, ifGiven } from '../checks/options.js';
import { invalid } from '../checks/shown.js';
import type { Dataset } from '../data/dataset.js';
import { noteIfShared } from '../distributed/shared_errors.js';
import { errorWith } from '../errors.js';
import type { Scores } from '../models/scores.js';
import { Checkpoints } from './checkpoint.js';
import { epochMeasures } from './epoch_measures.js';
import { EpochWaits } from './epoch_waits.js';
import { eventFile } from './event_file.js';
import type { Epoch, History, RunProgress } from './history.js';
import { checkSameRun, type Interrupted, isFinished } from './interrupted.js';
import { jsonLines } from './json_lines.js';
import { scoreOf } from './monitor.js';
import { frozen, isHeard, runChannels } from './run_channels.js';
import type { RunHost, RunScores } from './run_host.js';
import type { RunEnd, RunStart } from './run_messages.js';
import type { RunObserver } from './run_observer.js';
import type { RunOptions } from './run_options.js';
import { RunReports } from './run_reports.js';
import { type RunSettings, runSettings } from './run_settings.js';
import { type StepCounts, StepTable } from './step_table.js';
import { arrayOf } from './trainer_file.js';
import { warnOfEnds, warnOfStarvation } from './warnings.js';

/** What only the start of a run reads: the data, and what refers to it. */
type OfData = 'native' | 'describe' | 'validation';

/** Steps that a run has taken since this process began or resumed it. @internal */
export let stepsHere: (run: Run) => number;

/**
 * Requests a step on a minibatch at a run's next step boundary. `onAnswer` of the run's host gets the answer, unless
 * the run ends first.
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
 * run go on without it. A loop that begins late first gets the reports of past epochs. Awaiting the run in the body
 * lets it go on.
 */
export class Run<V = Scores> implements PromiseLike<History<V>>, AsyncIterable<Epoch<V>> {
  /** A UUID that names this run in logs and in messages of `node:diagnostics_channel`. */
  readonly id: string = randomUUID();
  readonly #begun = performance.now();
  readonly #host: RunHost;
  /** Without the data, which a run that is over does not keep in memory. */
  readonly #settings: Omit<RunSettings, OfData>;
  readonly #reports: RunReports;
  /** Steps of the trainer when this process began or resumed the run. */
  readonly #firstStep: number;
  /** Steps and epochs of this run before it was interrupted. */
  readonly #before: { readonly steps: number; readonly epochs: number };
  readonly #table: StepTable;
  readonly #checkpoints: Checkpoints | undefined;
  readonly #native: NativeRun | undefined;
  readonly #waits: EpochWaits | undefined;
  readonly #ended: Promise<History>;
  #resolve!: (history: History) => void;
  #reject!: (reason: unknown) => void;
  #failure: { reason: unknown } | undefined;
  #over = false;
  #wake: (() => void)[] = [];

  /** @internal */
  constructor(key: typeof internal, host: RunHost, scores: RunScores, data: Dataset, options: RunOptions<V>) {
    checkInternal(key, 'Run: use fit()');
    this.#host = host;
    this.#firstStep = host.steps;
    const all = runSettings(host, scores, data, options as RunOptions<never>);
    const { native, describe, validation: _, ...settings } = all;
    this.#settings = settings;
    const { interrupted } = host;
    if (interrupted) checkSameRun(interrupted, settings.identity!);
    this.#reports = new RunReports(host, scores);
    this.#before = { epochs: this.#reports.epochs.length, steps: interrupted?.position[runPosition.at.steps] ?? 0 };
    const counts = this.#countSteps(native);
    this.#table = new StepTable(host.plan, this.#firstStep, counts);
    this.#checkpoints = this.#makeCheckpoints(native);
    this.#ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Before the run begins: this reads nested options, whose getters may throw.
    const start = this.#startMessage(counts, describe);
    if (interrupted && isFinished(interrupted.position, settings.epochs, native.earlyStopping.patience)) {
      const best = bestParameters(interrupted);
      if (best) host.model.parameters.set(best);
      this.#start(start);
      this.#end(this.#finished(interrupted));
      return;
    }
    if (settings.signal?.aborted && !host.ranks) {
      this.#failure = { reason: settings.signal.reason };
      this.#start(start);
      this.#end();
      return;
    }
    this.#native = this.#begin(native, counts);
    this.#waits = new EpochWaits(this.#native, { always: settings.onEpoch !== undefined });
    this.#start(start);
    if (settings.signal?.aborted) this.stop(); // the other ranks have to agree
  }

  #countSteps({ batchSize }: RunSettings['native']): StepCounts {
    const { native, interrupted } = this.#host;
    const { rows, epochs } = this.#settings;
    const taken = interrupted?.position[runPosition.at.examplesTaken] ?? 0;
    const [ofFirstEpoch, ofOtherEpochs] = native.stepsOfRun(rows, batchSize, taken);
    const total = ofFirstEpoch + (epochs - this.#before.epochs - 1) * ofOtherEpochs;
    if (!Number.isSafeInteger(this.#firstStep + total))
      throw errorWith('ERR_OUT_OF_RANGE', `${epochs} epochs of ${ofOtherEpochs} steps are too many to count`);
    return { ofFirstEpoch, ofOtherEpochs, total };
  }

  #makeCheckpoints({ earlyStopping }: RunSettings['native']): Checkpoints | undefined {
    const { checkpoint, onCheckpointError = 'warn' } = this.#settings;
    if (checkpoint === undefined) return undefined;
    const layout = this.#host.native.imageLayout(earlyStopping.restoreBest ? 'kept' : 'none');
    return new Checkpoints(this.id, checkpoint, onCheckpointError, layout);
  }

  /** The message of the start; undefined if nobody receives it. */
  #startMessage({ total: totalSteps }: StepCounts, describe: RunSettings['describe']): RunStart | undefined {
    const { logDir, logFile, rows } = this.#settings;
    if (logDir === undefined && logFile === undefined && !isHeard('glissade:run:start')) return undefined;
    const { model } = this.#host;
    const options = { ...this.#host.describe(), ...describe() };
    const plain = JSON.parse(JSON.stringify({ model, options }));
    const at = { steps: this.#firstStep, epochs: this.#before.epochs, totalSteps };
    return frozen({ run: this.id, ...plain, rows, ...at });
  }

  #start(message: RunStart | undefined): void {
    const { logDir, logFile } = this.#settings;
    const observers = [runChannels(this.id), epochMeasures(this.id)];
    if (logDir !== undefined) observers.push(eventFile(logDir, this.id));
    if (logFile !== undefined) observers.push(jsonLines(logFile, this.id));
    this.#reports.start(observers, message);
  }

  /** Begins the native run. */
  #begin(native: RunSettings['native'], { total: steps, ofOtherEpochs: stepsPerEpoch }: StepCounts): NativeRun {
    const { native: trainer, plan, custom, ranks, interrupted } = this.#host;
    const { signal, identity, epochs, scores } = this.#settings;
    signal?.addEventListener('abort', this.#abort, { once: true });
    const spanBefore = plan.run;
    try {
      // A resumed run keeps the span that it began with, which its trainer has.
      if (!interrupted) {
        plan.run = { first: this.#firstStep, steps, stepsPerEpoch };
        warnOfEnds(plan.schedules, plan.run, epochs);
      }
      const options = {
        ...native,
        checkpoint: this.#checkpoints?.native,
        position: interrupted?.position,
        best: interrupted && bestParameters(interrupted),
        identity:
          ranks && JSON.stringify({ ...identity!, firstEpoch: native.firstEpoch, metrics: scores.metrics.metrics }),
        custom: custom && {
          compute: custom,
          fail: (error: unknown, request: number | undefined) => this.#onLossError(error, request),
        },
      };
      return new addon.Run(trainer, options, this.#table.next(), (news) => this.#onNews(news));
    } catch (error) {
      plan.run = spanBefore;
      signal?.removeEventListener('abort', this.#abort);
      throw error;
    }
  }

  /** The current progress. */
  get progress(): RunProgress {
    const { steps: before } = this.#before;
    const { steps, ...progress } = this.#native?.progress() ?? { epoch: 0, steps: 0 };
    const { epochs } = this.#settings;
    return { ...progress, steps: before + steps, totalSteps: before + this.#table.total, epochs };
  }

  /**
   * Ends the run after the current step. A run that waits at the end of an epoch ends with the parameters of that
   * epoch. The run resolves with `status: 'stopped'`.
   */
  stop(): void {
    this.#native?.stop();
    this.#waits?.release();
  }

  /**
   * Passes all reports of the run to an observer: those so far at once, later ones as they are made. Unlike a loop over
   * the epochs, an observer does not make the run wait. What it throws becomes an uncaught exception of the process,
   * and the run goes on.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` for an observer without `onEpoch`, or with something that is not a function.
   */
  observe(observer: RunObserver): void {
    if (!isObject(observer)) throw invalid('observer', 'an object with the function onEpoch', observer);
    checkFunction('observer.onEpoch', observer.onEpoch);
    ifGiven(observer.onCurvature, (call) => checkFunction('observer.onCurvature', call));
    ifGiven(observer.onEnd, (call) => checkFunction('observer.onEnd', call));
    this.#reports.observe(observer);
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
    if (!this.#over) this.#waits?.enter(loop);
    try {
      for (let next = this.#before.epochs; ; ) {
        if (next < this.#reports.epochs.length) yield this.#reports.epochs[next++]! as Epoch<V>;
        else if (this.#over && this.#failure) throw this.#failure.reason;
        else if (this.#over) return;
        else {
          this.#waits?.end(loop);
          await new Promise<void>((resolve) => this.#wake.push(resolve));
        }
      }
    } finally {
      this.#waits?.leave(loop);
    }
  }

  #awaited(): Promise<History<V>> {
    this.#waits?.onAwaited();
    return this.#ended as Promise<History<V>>;
  }

  readonly #abort = (): void => this.stop();

  #supply(): void {
    this.#native!.supply(this.#table.next(), this.#reports.epochs.length - this.#before.epochs);
  }

  #onNews(news: NativeNews): void {
    if (news.isStarved) warnOfStarvation(this.progress.processorShare!);
    this.#table.answer(news.answers.length);
    for (const answer of news.answers) this.#host.onAnswer(answer);
    try {
      this.#checkpoints?.settle(news.written); // first: a checkpoint of the same news comes after those that were written
    } catch (error) {
      this.#fail(error); // the epochs of the same news are reported nevertheless
    }
    this.#onReports(news);
    if (news.status === 'failed') {
      const reason = errorWith(news.code, news.message);
      this.#failure ??= { reason };
      if (this.#host.ranks && this.#host.findsAlike) noteIfShared(reason);
      this.#end();
    } else if (news.status !== 'running') {
      const { signal } = this.#settings;
      if (news.status === 'stopped' && signal?.aborted) this.#failure ??= { reason: signal.reason };
      this.#end(this.#history(news.status, this.#firstStep + news.steps, news.best));
    }
    this.#wakeLoops();
  }

  /** Reports epochs and curvature, describes a checkpoint where it was made, and supplies records. */
  #onReports(news: NativeNews): void {
    let { checkpoint } = news;
    const describe = () => {
      if (checkpoint && !this.#failure) this.#describe(checkpoint);
      else if (checkpoint) this.#native!.dropCheckpoint(checkpoint.number);
      checkpoint = undefined;
    };
    const { plan } = this.#host;
    const { epochs } = this.#reports;
    try {
      const curvature = [...news.curvature];
      const reportCurvature = (before: number) => {
        while (curvature.length > 0 && curvature[0]!.epoch < before) {
          const report = this.#reports.addCurvature(curvature.shift()!); // kept even without onReport
          this.#settings.curvature!.onReport?.(report);
        }
      };
      for (const epoch of news.epochs) {
        reportCurvature(epoch.epoch);
        if (checkpoint?.epochsEnded === epochs.length) describe();
        const report = this.#reports.addEpoch(epoch);
        for (const plateau of plan.plateaus) plateau.observe(scoreOf(this.#settings.observed, report));
        if (plan.plateaus.length > 0) this.#table.endEpoch(epoch.stepsNow, this.#settings.epochs - epochs.length);
        if (this.#settings.onEpoch) void this.#callOnEpoch(report);
      }
      if (news.epochs.length > 0) this.#waits!.onEpoch(news.epochs.at(-1)!.epoch);
      reportCurvature(Infinity);
      describe();
      if (news.wantsRecords) this.#table.want();
      if (news.status === 'running' && this.#table.isWanted) this.#supply();
    } catch (error) {
      if (checkpoint) this.#native!.dropCheckpoint(checkpoint.number);
      this.#fail(error); // a schedule, `onReport` or the description of a checkpoint has thrown
    }
  }

  async #callOnEpoch(report: Epoch): Promise<void> {
    const call = {};
    this.#waits!.begin(call);
    try {
      await this.#settings.onEpoch!.call(this, report);
    } catch (error) {
      if (this.#over) throw error; // the run has ended, so only an unhandled rejection can report it
      this.#fail(error);
    } finally {
      this.#waits!.end(call);
    }
  }

  /** A custom loss has thrown: at a step of the run, or at a requested one. */
  #onLossError(error: unknown, request: number | undefined): void {
    if (request === undefined) this.#fail(error);
    else {
      this.#table.answer(1);
      this.#host.onRefusal(request, error);
    }
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason };
    if (this.#host.ranks) this.#native?.giveUp();
    this.stop();
  }

  #describe(checkpoint: NonNullable<NativeNews['checkpoint']>): void {
    const { image } = this.#checkpoints!;
    const { epochs } = this.#reports;
    const probeDueAt = arrayOf(image, 'run')[runPosition.at.probeDueAt]!; // reports may be newer than the image
    const curvature = this.#reports.curvature.filter(({ step }) => step < probeDueAt);
    const file = this.#host.fileOf(image, { ...this.#settings.identity!, epochs, curvature });
    this.#checkpoints!.describe(this.#native!, checkpoint, file);
  }

  #history(status: History['status'], steps: number, best: NativeNews['best']): History {
    return {
      epochs: [...this.#reports.epochs],
      steps,
      status,
      ...(best && { best: { ...best, monitor: this.#settings.bestBy } }),
      ...(this.#settings.curvature && { curvature: [...this.#reports.curvature] }),
    };
  }

  /** The history of a run that was interrupted after its last step. */
  #finished({ position }: Interrupted): History {
    const { at } = runPosition;
    const status = position[at.epochsEnded] === this.#settings.epochs ? 'completed' : 'stoppedEarly';
    const [epoch, steps, value] = [position[at.bestEpoch]!, position[at.bestSteps]!, position[at.bestValue]!];
    return this.#history(status, this.#firstStep, epoch > 0 ? { epoch, steps, value } : undefined);
  }

  #end(history?: History): void {
    this.#over = true;
    this.#reports.close();
    this.#host.onEnd(this.#native?.progress().epoch ?? history?.epochs.length);
    try {
      this.#settings.signal?.removeEventListener('abort', this.#abort);
    } catch (error) {
      this.#failure ??= { reason: error };
    }
    if (this.#failure) this.#reject(this.#failure.reason);
    else this.#resolve(history!);
    this.#reports.end(this.#failure, this.#endMessage(history));
  }

  #endMessage(history: History | undefined): RunEnd {
    const { steps = this.#firstStep + stepsHere(this as Run), best } = history ?? {};
    const { signal } = this.#settings;
    const isAborted = signal?.aborted && this.#failure?.reason === signal.reason;
    return {
      run: this.id,
      status: isAborted ? 'aborted' : this.#failure ? 'failed' : history!.status,
      epochs: this.#reports.epochs.length,
      steps,
      seconds: (performance.now() - this.#begun) / 1000,
      ...(best && { best }),
      ...(this.#failure && { error: this.#failure.reason }),
    };
  }

  #wakeLoops(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #request(id: number, minibatch: NativeDataset): void {
    if (!this.#native!.request(id, minibatch)) return;
    if (!this.#table.request()) return;
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
