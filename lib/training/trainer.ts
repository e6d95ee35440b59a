import { runPosition } from '../addon/records.js';
import { internal } from '../checks/internal.js';
import { checkOptions, ifGiven, orDefault } from '../checks/options.js';
import { checkNumber, finite } from '../checks/ranges.js';
import { isShared } from '../checks/typed_arrays.js';
import { type Inputs, isBlock } from '../data/blocks.js';
import { checkDataset, Dataset } from '../data/dataset.js';
import { areRows, isStored, tableOf, targetTable, type Values } from '../data/table.js';
import { checkWeights, type ExampleWeights } from '../data/weights.js';
import { checkRanks, type Ranks } from '../distributed/ranks.js';
import { errorWith } from '../errors.js';
import { checkedBytes, saveChecked } from '../formats/checked.js';
import { bytesIn, checkPath, withSource } from '../formats/files.js';
import { checkLoss, type Loss } from '../losses/loss.js';
import type { MetricLike } from '../metrics/metric.js';
import type { ScoresOf } from '../metrics/scores.js';
import { takesArrays } from '../models/model.js';
import { isBfloat16 } from '../numbers/bfloat16.js';
import { checkGivenSchedules } from './given_schedules.js';
import { epochsBegun } from './interrupted.js';
import { type Network, twinOf } from './network.js';
import { fileOf, readTrainer } from './resume.js';
import type { Run } from './run.js';
import { publishRefusal } from './run_channels.js';
import { type RunOptions, runOptions } from './run_options.js';
import { type StepReport, type TrainerOptions, Training } from './training.js';

/** The options of one minibatch. */
export interface MinibatchOptions {
  /** Factor of each input, for inputs that are arrays of numbers. Default 1. */
  scale?: number | undefined;
  /** Weight of each row, as in a dataset. Default: all 1. */
  weights?: ExampleWeights | undefined;
}

/** The options of {@link Trainer.fit}. */
export interface TrainerRunOptions<M extends readonly MetricLike[] = readonly MetricLike[]>
  extends RunOptions<ScoresOf<M>> {
  /** Metrics of this run, as {@link TrainerOptions.metrics}. Default: those of the trainer. */
  metrics?: M | undefined;
}

/** The options of {@link Trainer.resume}. */
export interface ResumeOptions {
  /**
   * The loss, for a trainer under `losses.custom`: its functions are not in the file, and should be those that it was
   * trained with. For any other trainer it is refused. Default: the loss of the file.
   */
  loss?: Loss | undefined;
  /**
   * The functions of the step that the trainer had as schedules, which a file can't contain, by the paths of their
   * options: `{ 'optimizer.learningRate': (step) => … }`, `'groups.0.weightDecay'`, `'clip.norm'`, or
   * `'optimizer.rule.…'` within `sam` and `lookahead`. They should be those that it was trained with. Default: none.
   */
  schedules?: Readonly<Record<string, (step: number) => number>> | undefined;
  /**
   * The processes that go on together. Their number may differ from that of the processes that saved. Rank 0 reads
   * `from` for all. Default: this process alone.
   */
  ranks?: Ranks | undefined;
}

/** How far a run had come when it was interrupted, counted from its beginning. */
export interface InterruptedRun {
  /** Number of the epoch under way, 1 for the first; 0 before it. */
  epoch: number;
  /** Number of epochs: the option `epochs`. */
  epochs: number;
  /** Steps that it had taken, including those of `stepAsync`. */
  steps: number;
}

/**
 * Trains a model minibatch by minibatch or run by run, and keeps the state of the update rule in between.
 *
 * Between calls the model has its evaluation parameters. With `average`, or a rule such as `scheduleFree`, the trained
 * parameters differ from these, and the next call continues from the trained ones. If you write to the parameters in
 * between, or train them in another way, it continues from what you wrote, with its own state.
 *
 * @example
 * const trainer = new Trainer(model, { loss: 'crossEntropy', optimizer: adamw({ learningRate: 1e-3 }), seed: 7 });
 * trainer.step(x, y); // one minibatch
 * await trainer.fit(train, { epochs: 5, batchSize: 128 });
 * await trainer.fit(train, { epochs: 5, batchSize: 128 }); // the same bits as one run of 10 epochs
 */
export class Trainer<const M extends readonly MetricLike[] = readonly []> {
  readonly model: Network;
  readonly #training: Training;

  /**
   * @param model A model, as `network` makes it. Training starts from its present parameters.
   * @throws TypeError, RangeError for options that don't fit.
   */
  constructor(model: Network, options: TrainerOptions<M>);
  /** @internal */
  constructor(model: Network, key: typeof internal, training: Training);
  constructor(model: Network, options: TrainerOptions<M> | typeof internal, training?: Training) {
    this.#training = options === internal ? training! : new Training(model, options, { mayResume: true, twinOf });
    this.model = model;
  }

  /** Number of steps so far, over all runs and minibatches. */
  get steps(): number {
    return this.#training.steps;
  }

  /**
   * Number of minibatches that were skipped because their loss or gradient was not finite, with `onNonFinite: 'skip'`.
   */
  get skipped(): number {
    return this.#training.skipped;
  }

  /**
   * The run that was interrupted when this trainer was saved, until {@link fit} goes on with it or {@link abandon} gives
   * it up: how far it had come.
   */
  get interrupted(): InterruptedRun | undefined {
    const run = this.#training.interrupted;
    if (!run) return undefined;
    const { at } = runPosition;
    return {
      epoch: epochsBegun(run.position),
      epochs: run.options.epochs as number,
      steps: run.position[at.steps]!,
    };
  }

  /**
   * Gives up the run that was interrupted. The next call of {@link fit} begins a new run. The epoch under way counts as
   * a whole one.
   */
  abandon(): void {
    this.#training.abandon();
  }

  /** η of the next step, in the first group. */
  get learningRate(): number {
    return this.#training.learningRate;
  }

  /**
   * Takes a step on one minibatch and waits for it, for online learning. Small minibatches run on the calling thread,
   * others on all threads.
   *
   * @param x The inputs, as a dataset takes them: an array of rows, or numbers row after row (one row as well);
   *   `sparse(…)`, `categories(…)` or blocks of these.
   * @param y The targets, as a dataset takes them: for each row a class number, or a number for each output.
   * @returns The loss before the step, and the metrics that `metrics` lists.
   * @throws TypeError, RangeError or GlissadeError for inputs and targets that don't fit; GlissadeError `ERR_BUSY`
   *   during a run of the model, `ERR_NON_FINITE` if the loss, the gradient or the parameters would not be finite.
   *   Nothing has changed then.
   */
  step(x: Inputs, y: Values, options?: MinibatchOptions): StepReport {
    const { native, custom } = this.#training;
    if (!takesArrays(this.model) || isBlock(x)) return this.#stepOn(x, y, options);
    let scale = 1;
    if (options !== undefined) {
      checkOptions('step', options, ['scale', 'weights']);
      scale = checkNumber('scale', orDefault(options.scale, 1), finite);
    }
    const { inputs, type } = this.model;
    const { values, length } = tableOf('x', x as Values, inputs, "the network's number of inputs", type);
    const targets = targetTable(y, undefined, length / inputs);
    const weights = ifGiven(options?.weights, (given) => checkWeights(given, length / inputs));
    return this.#training.takeStep(() => native.step(values, scale, targets.values, targets.columns, weights, custom));
  }

  #stepOn(x: Inputs, y: Values, options: MinibatchOptions = {}): StepReport {
    const minibatch = this.#minibatchOf('step', x, y, options);
    try {
      return this.#training.stepOn(minibatch);
    } finally {
      minibatch.dispose();
    }
  }

  /** A minibatch as a dataset. Numbers in arrays are copied, blocks are not if they are in shared memory. */
  #minibatchOf(where: string, x: Inputs, y: Values, options: MinibatchOptions): Dataset {
    checkOptions(where, options, ['scale', 'weights']);
    const { scale, weights } = options;
    const isArray = takesArrays(this.model) && !isBlock(x);
    if (!isArray && scale !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', `${where}: scale is for numbers; blocks have their own`);
    const shape = isArray && {
      columns: areRows(x) ? undefined : this.model.inputs,
      type: isStored(x) || isBfloat16(x) ? undefined : this.model.type,
      scale,
    };
    const data = new Dataset({ inputs: unshared(x), targets: unshared(y), weights, ...shape });
    try {
      return checkDataset('x', data, this.model.inputs);
    } catch (error) {
      data.dispose();
      throw error;
    }
  }

  /**
   * Takes a step on one minibatch, as {@link step} does. During a run of this trainer it takes its turn at the run's
   * next step boundary, in order of arrival: between steps and parts of a validation, and while the run waits at the
   * end of an epoch. It counts as a step of the schedules, and not in the scores of the epoch. Without a run it is
   * taken at once. Steps that are left when the run ends, for whatever reason, are taken after it.
   *
   * Arrays are copied, so they may change as soon as the call returns; blocks in shared memory are read when the step is
   * taken.
   *
   * @returns What {@link step} returns.
   * @throws (as a rejection) What {@link step} throws, other than `ERR_BUSY` during a run of this trainer; GlissadeError
   *   `ERR_QUEUE_FULL` if as many steps wait already as the option `queue` says.
   */
  async stepAsync(x: Inputs, y: Values, options: MinibatchOptions = {}): Promise<StepReport> {
    try {
      return await this.#training.stepAsync(this.#minibatchOf('stepAsync', x, y, options));
    } catch (error) {
      publishRefusal('stepAsync', error);
      throw error;
    }
  }

  /**
   * Trains on `data` in the background, and returns the run at once. It continues with the rule's state, with schedules
   * at the current number of steps, and with the order of examples of the next epoch, so `epochs: 2` and then
   * `epochs: 3` give the bits of `epochs: 5`. An epoch that is stopped early counts as a whole one.
   *
   * A trainer that was resumed from a checkpoint first finishes the run of that checkpoint, with the same bits as
   * without the interruption. Give it the same data and the same options that results depend on: `batchSize`, `epochs`,
   * `sampling`, `monitor` (with the `every` and the rows of a curvature monitor), `earlyStopping` and `validation`.
   * `metrics` must be given again. `await` then gives the history from the run's beginning; iterations begin with
   * the epoch under way.
   *
   * @throws The errors that {@link Network.fit} throws. The run rejects in the same cases as there. The trainer can
   *   continue after all of them.
   */
  fit<const N extends readonly MetricLike[] = M>(data: Dataset, options: TrainerRunOptions<N> = {}): Run<ScoresOf<N>> {
    checkOptions('Trainer.fit', options, [...runOptions, 'metrics']);
    return this.#training.start(data, options);
  }

  /**
   * Everything that later steps depend on, as bytes of a safetensors file: the model with its architecture and
   * parameters, the options, the rule's state with averages and slow weights, accumulated gradients, the numbers of
   * steps and epochs, and the state of plateau schedules. {@link resume} reads it.
   *
   * @throws GlissadeError `ERR_BUSY` during a run of the model; RangeError `ERR_OUT_OF_RANGE` if there is no memory.
   */
  toBytes(): Uint8Array {
    return checkedBytes(this.#training.file());
  }

  /**
   * Writes {@link toBytes} to a file, as of the time of the call. The new file is written beside `path`, synced and
   * renamed: at any moment `path` is either the old file or the new one, complete.
   *
   * @throws TypeError unless `path` is a path; GlissadeError `ERR_FILE` if the file system refuses, and the errors of
   *   {@link toBytes}. An existing file is then unchanged.
   */
  async save(path: string | URL): Promise<void> {
    await saveChecked(checkPath('path', path), this.#training.file());
  }

  /**
   * Creates a trainer, with a new model, that continues where a saved one left off. On the same instruction set, its steps
   * and runs give the same bits as those of an uninterrupted trainer.
   *
   * If it was saved during a run (`checkpoint` of {@link fit}), the next {@link fit} goes on with that run.
   *
   * @param from The path of a file, its bytes, or the folder of a run's checkpoints, which means the newest whole one.
   * @throws TypeError unless it is one of these, and for a loss or a schedule that is missing or not needed; GlissadeError `ERR_FILE`
   *   if the file system refuses, `ERR_CORRUPT_FILE` if the file is damaged, cut off, or not that of a trainer.
   */
  static async resume(from: string | URL | Uint8Array, options: ResumeOptions = {}): Promise<Trainer> {
    checkOptions('Trainer.resume', options, ['loss', 'ranks', 'schedules']);
    const loss = ifGiven(options.loss, checkLoss);
    const ranks = checkRanks(options.ranks);
    const schedules = checkGivenSchedules(options.schedules);
    const file = ranks
      ? await ranks.fromFirst(async () => withSource('from', await fileOf(from), bytesIn))
      : await fileOf(from);
    return withSource('from', file, async (source) => {
      const { model, training } = await readTrainer(source, { loss, ranks, schedules });
      return new Trainer(model, internal, training);
    });
  }

  /** Frees the memory of the rule's state as soon as no run uses it. The trainer can't be used afterwards. */
  dispose(): void {
    this.#training.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A copy of an array in shared memory, which a dataset would use in place; other values as they are. */
function unshared<T>(values: T): T {
  if (!ArrayBuffer.isView(values) || !isShared(values)) return values;
  return (values as unknown as Float32Array).slice() as T;
}
