import {
  addon,
  type FloatArray,
  type NativeAnswer,
  type NativeCustomLoss,
  type NativeTensor,
  type NativeTrainer,
} from '../addon/index.js';
import { stepResults } from '../addon/records.js';
import { internal } from '../checks/internal.js';
import { checkOneOf, checkOptions, ifGiven, orDefault, refuse } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { type Dataset, nativeDataset } from '../data/dataset.js';
import { checkRanks, nativeCommunicator, type Ranks } from '../distributed/ranks.js';
import { noteIfShared } from '../distributed/shared_errors.js';
import { errorWith } from '../errors.js';
import type { TensorFile } from '../formats/safetensors.js';
import { computeOf } from '../losses/custom.js';
import { checkLoss, type Loss, type LossLike } from '../losses/loss.js';
import { checkMetrics, type MetricLike, type MetricList } from '../metrics/metric.js';
import { forgetCalibration } from '../models/calibration.js';
import { checkLastLayer } from '../models/last_layer.js';
import { beforeChange, type Model, nativeNetwork } from '../models/model.js';
import { checkPrecision, type Precision } from '../models/precision.js';
import type { Scores } from '../models/scores.js';
import { sharedFloats } from '../numbers/memory.js';
import { type OptimizerOptions, optimizerOptions, Plan } from '../optimizers/plan.js';
import type { Rule } from '../optimizers/rule.js';
import { checkHistories, restorePlateaus } from '../optimizers/state.js';
import type { RunSpan } from '../schedules/span.js';
import { groupsOf, type TensorGroup } from './groups.js';
import { epochPassed } from './history.js';
import { epochsBegun, type Interrupted, type SavedRun } from './interrupted.js';
import { optionsJson } from './options_json.js';
import { hasEnded, Run, stepsHere } from './run.js';
import type { RunHost } from './run_host.js';
import type { RunOptions } from './run_options.js';
import { StepQueue } from './step_queue.js';
import { checkSynchronization, type Synchronization } from './synchronization.js';
import { arrayOf, type Image, imageMemory, trainerFile } from './trainer_file.js';

/** Options of a `Trainer`. `onNonFinite` is `'throw'` by default. */
export interface TrainerOptions<M extends readonly MetricLike[] = readonly MetricLike[]> extends OptimizerOptions {
  /** The loss to minimise: a name, or a loss with options, as `losses.huber({ delta: 2 })`. */
  loss: LossLike;
  /** The update rule, as `adam({ learningRate: 1e-3 })`. Weight decay applies to weights, not to biases. */
  optimizer: Rule;
  /** Tensors with their own options of the rule. Default: none. */
  groups?: readonly TensorGroup[] | undefined;
  /**
   * Metrics to report beside the loss: names, or metrics with options, as `metrics.topK({ k: 5 })`. All are computed on
   * the validation data of runs, `'accuracy'` on training data too. A run of a `Trainer` may have others. Default none.
   */
  metrics?: M | undefined;
  /** Precision of matrix products, in training and in validation. Default `'full'`. */
  precision?: Precision | undefined;
  /**
   * Seed of the order of examples and of dropout. The same seed, data and instruction set give the same bits for any
   * number of threads. Default 0.
   */
  seed?: number | undefined;
  /**
   * The processes that train together, as `distributed()` of `glissade/distributed` gives them: each takes its part of
   * every minibatch, and all take the same step on the sum of their gradients. All of them make this trainer, with the
   * same model and options, and call the same methods with the same data; training starts from the parameters of rank 0.
   * Default: this process alone.
   */
  ranks?: Ranks | undefined;
  /**
   * With `ranks`: `'synchronized'` batch normalisation takes mean and variance over the whole minibatch, as one process
   * would, and exchanges them at each layer; `'local'` takes those of each rank's part. Running averages are over all
   * ranks either way. Default `'synchronized'`.
   */
  batchStatistics?: 'synchronized' | 'local' | undefined;
  /**
   * With `ranks`, for slow networks: each rank takes separate steps on its part of each minibatch, and after some of
   * them all synchronise their parameters, `{ every: 500 }` as DiLoCo does. Each rank has its own state of the rule;
   * batch normalisation is local. Scores of an epoch are over all ranks. Default: all ranks take each step together.
   */
  synchronize?: Synchronization | undefined;
  /**
   * For `stepAsync` of a trainer: how many steps may wait for their turn beside a run; more are refused with
   * `ERR_QUEUE_FULL`. Default 1024.
   */
  queue?: number | undefined;
}

/** Names of the options of a trainer that a run of `fit` takes too. */
export const trainingOptions = [
  'loss',
  'optimizer',
  'groups',
  ...optimizerOptions,
  'metrics',
  'precision',
  'seed',
  'ranks',
  'batchStatistics',
  'synchronize',
] as const;

/** Result of a step. Its scores are those of the minibatch before the step. */
export interface StepReport extends Scores {
  /** Steps so far. Unchanged while gradients accumulate, or if the minibatch was skipped. */
  steps: number;
}

/**
 * A model in training, in a `Trainer` or one run of `fit`: the rule with its state, and the counts of steps and epochs.
 */
export class Training implements RunHost {
  readonly native: NativeTrainer;
  /** The custom loss, if there is one, which the addon calls. */
  readonly custom: NativeCustomLoss | undefined;
  readonly model: Model;
  readonly plan: Plan;
  readonly seed: number;
  readonly ranks: Ranks | undefined;
  readonly findsAlike: boolean;
  epochs = 0;
  /** The run that this trainer was interrupted in, if it has not gone on with it. */
  interrupted: Interrupted | undefined;
  readonly #options: TrainerOptions;
  /** The metrics of single steps, and of runs that are given none. */
  readonly #metrics: MetricList;
  readonly #loss: Loss;
  readonly #twinOf: (model: Model, fill: (slab: FloatArray) => void) => Model;
  /** Shared with the addon: results of the last step, then the record of the next. */
  readonly #memory: Float64Array;
  readonly #queue: StepQueue<StepReport>;
  #run: Run | undefined;
  #afterRun!: () => void;

  /**
   * `mayResume`: whether steps or runs may follow the first run. `twinOf` makes a copy of a model; it is passed in,
   * since network.ts imports this file.
   */
  constructor(
    model: Model,
    options: TrainerOptions,
    { mayResume, twinOf }: { mayResume: boolean; twinOf: (model: Model, fill: (slab: FloatArray) => void) => Model },
  ) {
    const network = nativeNetwork(model);
    checkOptions('Trainer', options, [...trainingOptions, 'queue']);
    this.model = model;
    this.#twinOf = twinOf;
    this.#options = { ...options };
    const loss = checkLoss(options.loss);
    this.#loss = loss;
    checkLastLayer(model.layers, loss);
    this.custom = computeOf(loss);
    this.#metrics = checkMetrics(orDefault<readonly MetricLike[]>(options.metrics, []), loss);
    const tensors = network.tensors();
    const groups = groupsOf(tensors, options.groups);
    this.plan = new Plan('optimizer', options.optimizer, options, groups, model.type);
    const order: readonly NativeTensor[] = groups.flatMap(({ arrays }) => arrays);
    const grouped = tensors.map((tensor) => {
      const index = order.indexOf(tensor);
      const { group, frozen, mayBeSparse } = this.plan.arrays[index]!;
      return { group, frozen, mayBeSparse: mayBeSparse && tensor.isSparse, index };
    });
    const isAnySparse = grouped.some(({ mayBeSparse, index }) => mayBeSparse && this.plan.takesSparse(index));
    if (this.plan.native.isLazy && !isAnySparse)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'sparse "lazy" needs an embedding, or a layer on sparse inputs, that is trained; this network has neither',
      );
    this.seed = checkInteger('seed', orDefault(options.seed, 0), 0);
    this.#queue = new StepQueue(checkInteger('queue', orDefault(options.queue, 1024), 1));
    const ranks = checkRanks(options.ranks);
    const statistics = checkOneOf('batchStatistics', orDefault(options.batchStatistics, 'synchronized'), [
      'synchronized',
      'local',
    ]);
    const synchronization = ifGiven(options.synchronize, checkSynchronization);
    const isGiven = (name: 'batchStatistics' | 'synchronize') => !ranks && options[name] !== undefined;
    refuse([
      [isGiven('batchStatistics'), 'batchStatistics is for a trainer with ranks'],
      [isGiven('synchronize'), 'synchronize is for a trainer with ranks'],
      [
        synchronization && options.batchStatistics === 'synchronized',
        'batchStatistics "synchronized" does not go with synchronize, whose steps exchange nothing',
      ],
      [
        synchronization && this.plan.onNonFinite === 'skip',
        'synchronize does not go with onNonFinite "skip": ranks would take different numbers of steps',
      ],
      [
        synchronization && this.plan.evaluatesElsewhere,
        'synchronize does not go with average, nor with rules that evaluate at another point, which would differ from rank to rank',
      ],
    ]);
    this.ranks = ranks;
    this.findsAlike = synchronization === undefined;
    this.#memory = sharedFloats('float64', stepResults.length + this.plan.recordLength) as Float64Array;
    if (!this.plan.isOpen) this.#fillRecord();
    this.native = new addon.Trainer(
      network,
      {
        loss,
        accuracy: this.#metrics.accuracy,
        optimizer: { ...this.plan.native, checksFinite: false }, // a trainer checks each gradient anyway
        tensors: grouped,
        usesSam: this.plan.usesSam,
        skipsNonFinite: this.plan.onNonFinite === 'skip',
        accumulate: this.plan.accumulate,
        precision: checkPrecision(options.precision),
        mayResume,
        seed: this.seed,
        ranks: ranks && nativeCommunicator(ranks),
        synchronizesStatistics: statistics === 'synchronized',
        synchronization,
        identity: ranks && JSON.stringify({ model, options: this.describe() }),
      },
      this.#memory,
    );
  }

  /** Steps so far, over all runs and minibatches. */
  get steps(): number {
    return this.#memory[stepResults.at.steps]! + (this.#run ? stepsHere(this.#run) : 0);
  }

  /** Minibatches that were skipped because their loss or gradient was not finite. */
  get skipped(): number {
    return this.#memory[stepResults.at.skipped]!;
  }

  /** η of the next step, in the first group. */
  get learningRate(): number {
    return this.plan.learningRate(this.steps);
  }

  /** Takes a step of {@link native}, which `step` calls. Ranks that take it together all get the same error. */
  takeStep(step: () => void): StepReport {
    beforeChange(this.model);
    if (this.plan.native.scheduled) this.#fillRecord();
    try {
      step();
    } catch (error) {
      throw this.ranks && this.findsAlike ? noteIfShared(error) : error;
    }
    forgetCalibration(this.model);
    const memory = this.#memory;
    const loss = memory[stepResults.at.loss]!;
    const steps = memory[stepResults.at.steps]!;
    return this.#metrics.accuracy ? { loss, accuracy: memory[stepResults.at.accuracy]!, steps } : { loss, steps };
  }

  stepOn(minibatch: Dataset): StepReport {
    return this.takeStep(() => this.native.stepOn(nativeDataset(minibatch), this.custom));
  }

  /** Takes a step on a minibatch and disposes of it: between the steps of a run, if there is one, else at once. */
  stepAsync(minibatch: Dataset): StepReport | Promise<StepReport> {
    if (this.#run && !this.ranks) return this.#queue.add(this.#run, minibatch);
    try {
      if (!this.#run) return this.stepOn(minibatch);
    } finally {
      minibatch.dispose();
    }
    throw errorWith(
      'ERR_BUSY',
      'stepAsync: a run on several ranks takes no steps in between, since all ranks would have to agree on them',
    );
  }

  /** The file of this trainer between steps and runs. */
  file(): TensorFile {
    const best = this.interrupted?.best;
    const { bytes, entries } = this.native.imageLayout(bestOf(best));
    const image = { entries, memory: imageMemory(bytes) };
    this.native.saveImage(image.memory, bestOf(best));
    if (this.interrupted) arrayOf(image, 'run').set(this.interrupted.position);
    if (best) arrayOf(image, 'best').set(best);
    return this.fileOf(image, this.interrupted);
  }

  /**
   * Restores the image of a trainer with the same model and options.
   *
   * @throws GlissadeError `ERR_CORRUPT_FILE`; nothing has changed then.
   */
  restore(
    image: Image,
    { epochs, plateaus, run, span }: { epochs: number; plateaus?: string; run?: SavedRun; span?: RunSpan },
  ): void {
    const best = arrayOf(image, 'best');
    checkHistories(this.plan, image.entries, image.memory);
    if (!this.plan.allowsRecord(arrayOf(image, 'lastRecord') as Float64Array))
      throw errorWith('ERR_CORRUPT_FILE', 'the record of the last step contains a number out of range');
    const undo = restorePlateaus(this.plan, plateaus);
    try {
      beforeChange(this.model);
      this.native.restoreImage(image.memory, best.length > 0 ? 'kept' : 'none');
    } catch (error) {
      undo();
      throw error;
    }
    this.epochs = epochs;
    this.plan.run = span;
    this.interrupted = run && {
      ...run,
      position: arrayOf(image, 'run').slice() as Float64Array,
      best: best.length > 0 ? best.slice() : undefined,
    };
  }

  /** Gives up the run that the trainer was interrupted in. */
  abandon(): void {
    if (!this.interrupted) return;
    this.epochs += epochsBegun(this.interrupted.position);
    this.interrupted = undefined;
  }

  start<V = Scores>(
    data: Dataset,
    { metrics: given, ...options }: RunOptions<V> & { metrics?: readonly MetricLike[] | undefined },
    afterRun: () => void = () => {},
  ): Run<V> {
    beforeChange(this.model);
    const metrics = given === undefined ? this.#metrics : checkMetrics(given, this.#loss);
    const countsCorrect = metrics.accuracy || this.#metrics.accuracy;
    this.#afterRun = afterRun;
    const run = new Run<V>(
      internal,
      this,
      { metrics, hasOwnMetrics: given !== undefined, countsCorrect },
      data,
      options,
    );
    if (!hasEnded(run as Run)) {
      this.#run = run as Run;
      forgetCalibration(this.model);
      this.interrupted = undefined;
    }
    return run;
  }

  // What a run calls (RunHost).

  describe(): Readonly<Record<string, unknown>> {
    return JSON.parse(optionsJson(this.#options, this.plan.plateaus));
  }

  fileOf(image: Image, run: SavedRun | undefined): TensorFile {
    const options = optionsJson(this.#options, this.plan.plateaus);
    return trainerFile({ model: this.model, options, plan: this.plan, epochs: this.epochs, run }, image);
  }

  modelAfter(steps: number): Model {
    return this.#twinOf(this.model, (slab) => {
      if (!nativeNetwork(this.model).copySnapshot(steps, slab)) throw epochPassed();
    });
  }

  /** The metrics of the run and those of single steps may differ. */
  onAnswer(answer: NativeAnswer): void {
    const { accuracy: _, ...rest } = answer;
    this.#queue.settle(this.#metrics.accuracy ? answer : rest);
  }

  onRefusal(id: number, reason: unknown): void {
    this.#queue.reject(id, reason);
  }

  onEnd(epochs: number | undefined): void {
    if (epochs !== undefined) {
      this.epochs += epochs;
      this.interrupted = undefined;
    }
    this.#run = undefined;
    this.#queue.takeLeft((minibatch) => this.stepOn(minibatch));
    this.#afterRun();
  }

  /** Frees the memory of the rule's state as soon as no run uses it. */
  dispose(): void {
    this.native.dispose();
  }

  #fillRecord(): void {
    this.plan.fill(this.#memory, stepResults.length, this.#memory[stepResults.at.steps]!);
  }
}

const bestOf = (best: unknown): 'none' | 'kept' => (best === undefined ? 'none' : 'kept');
