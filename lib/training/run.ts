import {
  addon,
  type NativeEpoch,
  type NativeNetwork,
  type NativeNews,
  type NativeRun,
  type NativeTensor,
} from '../addon/index.js';
import { checkBoolean, checkInteger, checkOneOf, checkOptions, invalid, orDefault } from '../checks.js';
import { checkDataset, Dataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import { checkMetrics, type Loss, losses, type Metric } from '../losses/loss.js';
import { Plan, type StepOptions, stepOptions } from '../optimizers/plan.js';
import type { Rule } from '../optimizers/rule.js';

/** Tensors with options of the rule of their own, as `{ tensors: ['layers.0.weight'], learningRate: 1e-4 }`. */
export interface TensorGroup {
  /** Names, as in `model.tensors`. */
  readonly tensors: readonly string[];
  /** Whether they stay as they are. Default false. */
  readonly frozen?: boolean | undefined;
  readonly [option: string]: unknown;
}

/**
 * With `average`, or a rule such as `scheduleFree`, validation, `predict` and the parameters in the end are those that the model
 * is to be evaluated with. `onNonFinite` is `'throw'` unless you say otherwise.
 */
export interface FitOptions extends StepOptions {
  /** What is minimised. */
  loss: Loss;
  /** The update rule, as `adam({ learningRate: 1e-3 })`. Weight decay is applied to weights, not to biases. */
  optimizer: Rule;
  /** Tensors that have options of their own. Default: none. */
  groups?: readonly TensorGroup[] | undefined;
  /** Examples per step. The last minibatch of an epoch may be smaller. At most the size of the dataset is used. Default 32. */
  batchSize?: number | undefined;
  /** How many times the dataset is gone through. Default 1. */
  epochs?: number | undefined;
  /** Data to evaluate at the end of each epoch. */
  validation?: Dataset | undefined;
  /**
   * What `reduceOnPlateau` schedules observe at the end of each epoch. Default `'validation.loss'`, or `'loss'` without
   * validation.
   */
  monitor?: Monitor | undefined;
  /** What to report beside the loss. Default none. */
  metrics?: readonly Metric[] | undefined;
  /** Whether each epoch goes through the examples in a new random order. Default true. */
  shuffle?: boolean | undefined;
  /** Of the order. The same seed, data and instruction set give the same bits, for any number of threads. Default 0. */
  seed?: number | undefined;
  /** Ends the run at the next step; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export type Monitor = 'loss' | 'accuracy' | 'validation.loss' | 'validation.accuracy';

const monitors: readonly Monitor[] = ['loss', 'accuracy', 'validation.loss', 'validation.accuracy'];

/** Means over a dataset, or over the minibatches of an epoch as they were trained on. */
export interface Scores {
  loss: number;
  /** Where `metrics` asks for it. */
  accuracy?: number;
}

export interface EpochReport extends Scores {
  /** 1 for the first. */
  epoch: number;
  /** Steps since the run began. */
  steps: number;
  validation?: Scores;
  /** Minibatches since the run began that were left out, where `onNonFinite` is `'skip'`. */
  skipped?: number;
  /** η of the epoch's last step. */
  learningRate: number;
  /** Time spent in the minibatch loop. */
  seconds: number;
  examplesPerSecond: number;
}

export interface History {
  epochs: EpochReport[];
  steps: number;
  status: 'completed' | 'stopped';
}

export interface RunProgress {
  /** The epoch under way, 1 for the first; 0 before it. */
  epoch: number;
  epochs: number;
  steps: number;
  totalSteps: number;
  /** The mean loss of this epoch so far. */
  loss?: number;
  examplesPerSecond?: number;
}

/** Steps whose hyperparameters are tabulated at a time. */
const chunk = 4096;

const fitOptions = [
  'loss',
  'optimizer',
  'groups',
  ...stepOptions,
  'batchSize',
  'epochs',
  'validation',
  'monitor',
  'metrics',
  'shuffle',
  'seed',
  'signal',
];

/**
 * A training run, under way in the background. Await it for its {@link History}, or iterate over its epochs as they end;
 * each iteration begins with the first one. Leaving a `for await` early does not stop the run: {@link stop} does.
 */
export class Run implements PromiseLike<History>, AsyncIterable<EpochReport> {
  readonly #native: NativeRun | undefined;
  readonly #plan: Plan;
  readonly #epochs: number;
  readonly #reports: EpochReport[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #ended: Promise<History>;
  readonly #onEnd: () => void;
  #resolve!: (history: History) => void;
  #reject!: (reason: unknown) => void;
  #failure: { reason: unknown } | undefined;
  readonly #monitor: Monitor;
  readonly #stepsPerEpoch: number;
  readonly #totalSteps: number;
  #wantsRows = false;
  #tabulated = 0;
  #over = false;
  #wake: (() => void)[] = [];

  /** @internal */
  constructor(network: NativeNetwork, inputs: number, data: Dataset, options: FitOptions, onEnd: () => void) {
    checkOptions('fit', options, fitOptions);
    const loss = checkOneOf('loss', options.loss, losses);
    const accuracy = checkMetrics(orDefault(options.metrics, []), loss);
    const places = network.tensors();
    const groups = groupsOf(places, options.groups);
    this.#plan = new Plan('optimizer', options.optimizer, options, groups);
    const order: readonly NativeTensor[] = groups.flatMap(({ arrays }) => arrays);
    this.#epochs = checkInteger('epochs', orDefault(options.epochs, 1), 1);
    this.#signal = checkSignal(options.signal);
    this.#onEnd = onEnd;
    const batchSize = checkInteger('batchSize', orDefault(options.batchSize, 32), 1);
    const native = {
      data: Dataset.native(checkDataset('the training data', data, inputs)),
      validation:
        options.validation === undefined
          ? undefined
          : Dataset.native(checkDataset('validation', options.validation, inputs)),
      loss,
      accuracy,
      optimizer: { ...this.#plan.native, checksFinite: false }, // the run looks at each gradient anyway
      tensors: places.map((place) => this.#plan.arrays[order.indexOf(place)]!),
      sharpens: this.#plan.sharpens,
      skipsNonFinite: this.#plan.onNonFinite === 'skip',
      accumulate: this.#plan.accumulate,
      batchSize: Math.min(batchSize, data.rows),
      epochs: this.#epochs,
      shuffle: checkBoolean('shuffle', orDefault(options.shuffle, true)),
      seed: checkInteger('seed', orDefault(options.seed, 0), 0),
      scheduled: this.#plan.native.scheduled,
    };
    this.#monitor = checkMonitor(options.monitor, native.validation !== undefined, accuracy, this.#plan);
    const stepsPerEpoch = Math.ceil(Math.ceil(data.rows / native.batchSize) / this.#plan.accumulate);
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#totalSteps = this.#epochs * stepsPerEpoch;
    if (!Number.isSafeInteger(this.#totalSteps))
      throw errorWith('ERR_OUT_OF_RANGE', `${this.#epochs} epochs of ${stepsPerEpoch} steps are too many to count`);
    const rows = this.#tabulate();
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
      this.#native = new addon.Run(network, native, rows, (news) => this.#hear(news));
    } catch (error) {
      this.#signal?.removeEventListener('abort', this.#abort);
      throw error;
    }
  }

  /** @internal */
  get ended(): boolean {
    return this.#over;
  }

  /** Where the run is now. */
  get progress(): RunProgress {
    const nothing = { epoch: 0, steps: 0, totalSteps: this.#totalSteps };
    return { ...(this.#native?.progress() ?? nothing), epochs: this.#epochs };
  }

  /** Ends the run after the step under way; it then resolves, with `status: 'stopped'`. */
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
    this.#ended.catch(() => {}); // whoever iterates is told by the iteration
    for (let next = 0; ; ) {
      if (next < this.#reports.length) yield this.#reports[next++]!;
      else if (this.#over && this.#failure) throw this.#failure.reason;
      else if (this.#over) return;
      else await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  readonly #abort = (): void => this.#native?.stop();

  /** Up to which step rows can be known: schedules that observe a metric wait for the end of the epoch. */
  get #foreseen(): number {
    if (this.#plan.plateaus.length === 0) return this.#totalSteps;
    return Math.min(this.#totalSteps, (this.#reports.length + 1) * this.#stepsPerEpoch);
  }

  /** The rows of the next steps. */
  #tabulate(): Float64Array {
    const { rowLength, native } = this.#plan;
    const count = native.scheduled ? Math.min(chunk, this.#foreseen - this.#tabulated) : 1;
    const rows = new Float64Array(rowLength * count);
    for (let i = 0; i < count; ++i) this.#plan.fill(rows, rowLength * i, this.#tabulated + i);
    this.#tabulated += count;
    return rows;
  }

  #hear(news: NativeNews): void {
    try {
      for (const epoch of news.epochs) this.#take(this.#report(epoch));
      this.#wantsRows ||= news.wantsRows;
      if (this.#wantsRows && news.status === 'running' && this.#tabulated < this.#foreseen) {
        this.#wantsRows = false;
        this.#native!.supply(this.#tabulate());
      }
    } catch (error) {
      this.#failure ??= { reason: error }; // a schedule that throws or leaves its range: the run can't go on
      this.#native!.stop();
    }
    if (news.status === 'failed') this.#failure ??= { reason: errorWith(news.code, news.message) };
    else if (news.status === 'stopped' && this.#signal?.aborted) this.#failure ??= { reason: this.#signal.reason };
    if (news.status === 'completed' || news.status === 'stopped')
      this.#end({ epochs: [...this.#reports], steps: news.steps, status: news.status });
    else if (news.status === 'failed') this.#end();
    for (const wake of this.#wake.splice(0)) wake();
  }

  #take(report: EpochReport): void {
    this.#reports.push(report);
    const scores = this.#monitor.startsWith('validation.') ? report.validation! : report;
    const metric = this.#monitor.endsWith('accuracy') ? scores.accuracy! : scores.loss;
    for (const plateau of this.#plan.plateaus) plateau.observe(metric);
  }

  #report({ skipped, ...epoch }: NativeEpoch): EpochReport {
    const learningRate = this.#plan.learningRate(Math.max(0, epoch.steps - 1));
    return { ...epoch, ...(this.#plan.onNonFinite === 'skip' && { skipped }), learningRate };
  }

  #end(history?: History): void {
    this.#over = true;
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#onEnd();
    if (this.#failure) this.#reject(this.#failure.reason);
    else this.#resolve(history!);
  }
}

/** Tensors by what they share: each group twice, for those that decay and those that don't unless the group says so. */
function groupsOf(tensors: readonly NativeTensor[], given: readonly TensorGroup[] = []) {
  if (!Array.isArray(given)) throw invalid('groups', 'an array of groups { tensors, … }', given);
  const places = tensors.map((tensor) => Object.assign(tensor, { isShaped: true }));
  const left = new Set(places);
  const claim = (name: string) => {
    checkOneOf(
      'tensor',
      name,
      places.map((place) => place.name),
    );
    const place = places.find((place) => place.name === name)!;
    if (!left.delete(place)) throw errorWith('ERR_INVALID_ARGUMENT', `tensor "${name}" is in two groups`);
    return place;
  };
  const groups = (given as readonly TensorGroup[]).map((group, i) => {
    if (group === null || typeof group !== 'object' || !Array.isArray(group.tensors))
      throw invalid(`groups[${i}]`, 'an object with the names of tensors', group);
    const { tensors: names, frozen, ...overrides } = group;
    return {
      name: `groups[${i}]`,
      overrides,
      frozen: checkBoolean(`groups[${i}].frozen`, orDefault(frozen, false)),
      arrays: (names as readonly string[]).map(claim),
    };
  });
  groups.unshift({ name: 'the other tensors', overrides: {}, frozen: false, arrays: [...left] });
  return groups.flatMap(({ arrays, ...group }) => {
    const { weightDecay } = group.overrides as { weightDecay?: unknown };
    return [
      { ...group, decay: true, arrays: arrays.filter(({ decays }) => decays) },
      { ...group, decay: weightDecay !== undefined, arrays: arrays.filter(({ decays }) => !decays) },
    ];
  });
}

function checkMonitor(given: unknown, validates: boolean, accuracy: boolean, { plateaus }: Plan): Monitor {
  if (given === undefined) return validates ? 'validation.loss' : 'loss';
  const monitor = checkOneOf('monitor', given, monitors);
  if (monitor.startsWith('validation.') && !validates)
    throw errorWith('ERR_INVALID_ARGUMENT', `monitor "${monitor}" needs the option validation`);
  if (monitor.endsWith('accuracy') && !accuracy)
    throw errorWith('ERR_INVALID_ARGUMENT', `monitor "${monitor}" needs metrics: ['accuracy']`);
  if (plateaus.length === 0)
    throw errorWith('ERR_INVALID_ARGUMENT', 'monitor is for schedules.reduceOnPlateau, which no option is');
  return monitor;
}

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (
    signal !== undefined &&
    (signal === null ||
      typeof signal.aborted !== 'boolean' ||
      typeof signal.addEventListener !== 'function' ||
      typeof signal.removeEventListener !== 'function')
  )
    throw invalid('signal', 'an AbortSignal', signal);
  return signal;
}
