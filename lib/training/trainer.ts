import { addon, type NativeTensor, type NativeTrainer } from '../addon/index.js';
import { checkInteger, checkNumber, checkOptions, finite, orDefault } from '../checks/index.js';
import { type Inputs, isBlock } from '../data/blocks.js';
import { checkDataset, Dataset } from '../data/dataset.js';
import { tableOf, targetTable, type Values } from '../data/table.js';
import { checkWeights, type ExampleWeights } from '../data/weights.js';
import { errorWith } from '../errors.js';
import { checkLoss, checkMetrics, type LossLike, type Metric } from '../losses/loss.js';
import { beginTraining, endTraining, nativeOf } from '../models/native.js';
import type { Network } from '../models/network.js';
import { checkPrecision, type Precision } from '../models/precision.js';
import { sharedFloats } from '../numbers/memory.js';
import { Plan, type StepOptions, stepOptions } from '../optimizers/plan.js';
import type { Rule } from '../optimizers/rule.js';
import { groupsOf, type TensorGroup } from './groups.js';
import { Run, type RunOptions, runOptions, type Scores } from './run.js';

/** What is trained for and how, whatever the data. `onNonFinite` is `'throw'` unless you say otherwise. */
export interface TrainerOptions extends StepOptions {
  /** What is minimised: a name, or a loss with options, as `losses.huber({ delta: 2 })`. */
  loss: LossLike;
  /** The update rule, as `adam({ learningRate: 1e-3 })`. Weight decay is applied to weights, not to biases. */
  optimizer: Rule;
  /** Tensors that have options of their own. Default: none. */
  groups?: readonly TensorGroup[] | undefined;
  /** What to report beside the loss. Default none. */
  metrics?: readonly Metric[] | undefined;
  /** Of the products, in training and in validation. Default `'full'`. */
  precision?: Precision | undefined;
  /**
   * Of the order of examples, and of dropout. The same seed, data and instruction set give the same bits, for any number of threads. Default
   * 0.
   */
  seed?: number | undefined;
}

/**
 * With `average`, or a rule such as `scheduleFree`, validation, `predict` and the parameters in the end are those that the model
 * is to be evaluated with.
 */
export interface FitOptions extends TrainerOptions, RunOptions {}

/** Of one minibatch. */
export interface MinibatchOptions {
  /** What each input is multiplied by. Default 1. */
  scale?: number | undefined;
  /** How much each row counts, as in a dataset. Default: all count alike. */
  weights?: ExampleWeights | undefined;
}

/** The scores of a minibatch are from before its step. */
export interface StepReport extends Scores {
  /** Steps so far: as many as before where gradients accumulate, or where the minibatch was skipped. */
  steps: number;
}

const trainerOptions = ['loss', 'optimizer', 'groups', ...stepOptions, 'metrics', 'precision', 'seed'] as const;

/** `Results` in native/binding/trainer.h. */
const result = { loss: 0, accuracy: 1, steps: 2, skipped: 3, waiting: 4 } as const;
const resultCount = Object.keys(result).length;

const once = Symbol('once');

/**
 * A model in training: it keeps the state of the update rule, so that training can go on where it was, minibatch by minibatch
 * or run by run.
 *
 * Between calls the model holds the parameters that it is to be evaluated with. With `average`, or a rule such as
 * `scheduleFree`, training itself is elsewhere, and goes on from there. Where you change the parameters in between, or train them
 * by other means, it goes on from what you left, with the state that it has.
 *
 * @example
 * const trainer = new Trainer(model, { loss: 'crossEntropy', optimizer: adamw({ learningRate: 1e-3 }), seed: 7 });
 * trainer.step(x, y); // one minibatch
 * await trainer.fit(train, { epochs: 5, batchSize: 128 });
 * await trainer.fit(train, { epochs: 5, batchSize: 128 }); // to the same bits as 10 epochs at once
 */
export class Trainer {
  readonly model: Network;
  readonly #native: NativeTrainer;
  readonly #plan: Plan;
  readonly #accuracy: boolean;
  readonly #seed: number;
  readonly #memory: Float64Array;
  #epochs = 0;
  #run: Run | undefined;

  /**
   * @param model As `network` makes it. The parameters stay its own.
   * @throws TypeError, RangeError for options that do not fit.
   */
  constructor(model: Network, options: TrainerOptions);
  /** @internal */
  constructor(model: Network, options: TrainerOptions, use: typeof once);
  constructor(model: Network, options: TrainerOptions, use?: typeof once) {
    const network = nativeOf(model);
    checkOptions('Trainer', options, trainerOptions);
    this.model = model;
    const loss = checkLoss(options.loss);
    this.#accuracy = checkMetrics(orDefault(options.metrics, []), loss);
    const places = network.tensors();
    const groups = groupsOf(places, options.groups);
    this.#plan = new Plan('optimizer', options.optimizer, options, groups);
    const order: readonly NativeTensor[] = groups.flatMap(({ arrays }) => arrays);
    const tensors = places.map((place) => {
      const index = order.indexOf(place);
      const { group, frozen, mayBeSparse } = this.#plan.arrays[index]!;
      return { group, frozen, mayBeSparse: mayBeSparse && place.isSparse, index };
    });
    const rests = tensors.some(({ mayBeSparse, index }) => mayBeSparse && this.#plan.takesSparse(index));
    if (this.#plan.native.rowsRest && !rests)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'sparse "lazy" is for networks with an embedding or a layer on sparse inputs that is trained, which this one has not',
      );
    this.#seed = checkInteger('seed', orDefault(options.seed, 0), 0);
    this.#memory = sharedFloats('float64', resultCount + this.#plan.rowLength) as Float64Array;
    this.#fillRow();
    this.#native = new addon.Trainer(
      network,
      {
        loss,
        accuracy: this.#accuracy,
        optimizer: { ...this.#plan.native, checksFinite: false }, // each gradient is looked at anyway
        tensors,
        sharpens: this.#plan.sharpens,
        skipsNonFinite: this.#plan.onNonFinite === 'skip',
        accumulate: this.#plan.accumulate,
        precision: checkPrecision(options.precision),
        goesOn: use !== once,
        seed: this.#seed,
      },
      this.#memory,
    );
  }

  /**
   * One run of a trainer that is then given up.
   *
   * @internal
   */
  static fit(model: Network, data: Dataset, options: FitOptions): Run {
    checkOptions('fit', options, [...trainerOptions, ...runOptions]);
    const trainer = new Trainer(model, pick(options, trainerOptions), once);
    try {
      return trainer.#start(data, pick(options, runOptions), () => trainer.dispose());
    } catch (error) {
      trainer.dispose();
      throw error;
    }
  }

  /** How many steps have been taken, over all runs and minibatches. */
  get steps(): number {
    return this.#memory[result.steps]! + (this.#run?.progress.steps ?? 0);
  }

  /** How many minibatches were left out because their loss or gradient was not finite, with `onNonFinite: 'skip'`. */
  get skipped(): number {
    return this.#memory[result.skipped]!;
  }

  /** η of the next step, in the first group. */
  get learningRate(): number {
    return this.#plan.learningRate(this.steps);
  }

  /**
   * Takes a step on one minibatch, at once, for online learning. Little work is done on this thread, more by all threads, while this
   * one waits.
   *
   * @param x The inputs, as a dataset takes them: an array of rows, or numbers row after row; one row as well; `sparse(…)`,
   *   `categories(…)` or blocks of these.
   * @param y The targets, as a dataset takes them: a class number, or a number for each output, for each row.
   * @returns The loss before the step, and what `metrics` asks for.
   * @throws TypeError, RangeError or GlissadeError for inputs and targets that do not fit; GlissadeError `ERR_BUSY` while a run of
   *   the model is under way, `ERR_NON_FINITE` where the loss, the gradient or the parameters would not be finite. Then nothing
   *   has changed.
   */
  step(x: Inputs, y: Values, options?: MinibatchOptions): StepReport {
    if (!this.model.takesArrays || isBlock(x)) return this.#stepOn(x, y, options);
    let scale = 1;
    if (options !== undefined) {
      checkOptions('step', options, ['scale', 'weights']);
      scale = checkNumber('scale', orDefault(options.scale, 1), finite);
    }
    const { inputs, type } = this.model;
    const { values, length } = tableOf('x', x as Values, inputs, "the network's number of inputs", type);
    const targets = targetTable(y, undefined, length / inputs);
    const weights = options?.weights === undefined ? undefined : checkWeights(options.weights, length / inputs);
    if (this.#plan.native.scheduled) this.#fillRow();
    this.#native.step(values, scale, targets.values, targets.columns, weights);
    return this.#report();
  }

  #stepOn(inputs: Inputs, targets: Values, options: MinibatchOptions = {}): StepReport {
    checkOptions('step', options, ['scale', 'weights']);
    if (options.scale !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', 'step: scale is for numbers; blocks have their own');
    const data = new Dataset({ inputs, targets, weights: options.weights });
    try {
      checkDataset('x', data, this.model.inputs);
      if (this.#plan.native.scheduled) this.#fillRow();
      this.#native.stepOn(Dataset.native(data));
    } finally {
      data.dispose();
    }
    return this.#report();
  }

  #report(): StepReport {
    const memory = this.#memory;
    const loss = memory[result.loss]!;
    const steps = memory[result.steps]!;
    return this.#accuracy ? { loss, accuracy: memory[result.accuracy]!, steps } : { loss, steps };
  }

  /**
   * Trains on `data` in the background, and returns the run at once. It goes on where the trainer is: with the rule's state, with
   * schedules at its number of steps, and with the order of examples of the next epoch. So `epochs: 2` and then `epochs: 3` lead
   * to the same bits as `epochs: 5`. An epoch that was stopped counts as one.
   *
   * @throws As {@link Network.fit}, whose `Run` fails in the same cases. Then, too, the trainer can go on.
   */
  fit(data: Dataset, options: RunOptions = {}): Run {
    checkOptions('Trainer.fit', options, runOptions);
    return this.#start(data, options, () => {});
  }

  /** Gives the memory of the rule's state back now, as soon as no run uses it. */
  dispose(): void {
    this.#native.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #start(data: Dataset, options: RunOptions, onEnd: () => void): Run {
    const run = new Run(
      {
        native: this.#native,
        plan: this.#plan,
        inputs: this.model.inputs,
        accuracy: this.#accuracy,
        seed: this.#seed,
        steps: this.steps,
        epochs: this.#epochs,
        waiting: this.#memory[result.waiting]!,
        onEnd: (epochs) => {
          this.#epochs += epochs;
          this.#run = undefined;
          endTraining(this.model);
          onEnd();
        },
      },
      data,
      options,
    );
    if (!run.ended) {
      this.#run = run;
      beginTraining(this.model);
    }
    return run;
  }

  /** The row of the next step. */
  #fillRow(): void {
    this.#plan.fill(this.#memory, resultCount, this.#memory[result.steps]!);
  }
}

function pick<T extends object, K extends keyof T>(object: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, object[name]])) as Pick<T, K>;
}
