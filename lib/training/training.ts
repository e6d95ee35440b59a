import { addon, type NativeCustomLoss, type NativeTensor, type NativeTrainer } from '../addon/index.js';
import { stepResults } from '../addon/records.js';
import { internal } from '../checks/internal.js';
import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import type { Dataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import { computeOf } from '../losses/custom.js';
import { checkLoss, type LossLike } from '../losses/loss.js';
import { checkMetrics } from '../metrics/metric.js';
import { forgetCalibration } from '../models/calibration.js';
import { checkLastLayer } from '../models/last_layer.js';
import { beforeChange, type Model, nativeNetwork } from '../models/model.js';
import { checkPrecision, type Precision } from '../models/precision.js';
import type { Scores } from '../models/scores.js';
import { sharedFloats } from '../numbers/memory.js';
import { Plan, type StepOptions, stepOptions } from '../optimizers/plan.js';
import type { Rule } from '../optimizers/rule.js';
import { groupsOf, type TensorGroup } from './groups.js';
import { hasEnded, Run, type RunOptions } from './run.js';

/** Options of a `Trainer`. `onNonFinite` is `'throw'` by default. */
export interface TrainerOptions extends StepOptions {
  /** The loss to minimise: a name, or a loss with options, as `losses.huber({ delta: 2 })`. */
  loss: LossLike;
  /** The update rule, as `adam({ learningRate: 1e-3 })`. Weight decay applies to weights, not to biases. */
  optimizer: Rule;
  /** Tensors with their own options of the rule. Default: none. */
  groups?: readonly TensorGroup[] | undefined;
  /** Scores to report beside the loss. Default none. */
  metrics?: readonly 'accuracy'[] | undefined;
  /** Precision of matrix products, in training and in validation. Default `'full'`. */
  precision?: Precision | undefined;
  /**
   * Seed of the order of examples and of dropout. The same seed, data and instruction set give the same bits for any
   * number of threads. Default 0.
   */
  seed?: number | undefined;
}

export const trainerOptions = ['loss', 'optimizer', 'groups', ...stepOptions, 'metrics', 'precision', 'seed'] as const;

/** Result of a step. Its scores are those of the minibatch before the step. */
export interface StepReport extends Scores {
  /** Steps so far. Unchanged while gradients accumulate, or if the minibatch was skipped. */
  steps: number;
}

/**
 * A model in training, in a `Trainer` or one run of `fit`: the rule with its state, and the counts of steps and epochs.
 */
export class Training {
  readonly native: NativeTrainer;
  /** A custom loss, which the addon calls. */
  readonly custom: NativeCustomLoss | undefined;
  readonly #model: Model;
  readonly #plan: Plan;
  readonly #accuracy: boolean;
  readonly #seed: number;
  /** Shared with the addon: results of the last step, then the record of the next. */
  readonly #memory: Float64Array;
  #epochs = 0;
  #run: Run | undefined;

  /** `mayResume`: whether steps or runs may follow the first run. */
  constructor(model: Model, options: TrainerOptions, { mayResume }: { mayResume: boolean }) {
    const network = nativeNetwork(model);
    checkOptions('Trainer', options, trainerOptions);
    this.#model = model;
    const loss = checkLoss(options.loss);
    checkLastLayer(model.layers, loss);
    this.custom = computeOf(loss);
    const { accuracy, apart } = checkMetrics(orDefault(options.metrics, []), loss);
    if (apart.length > 0)
      throw errorWith('ERR_INVALID_ARGUMENT', `metrics: a training reports accuracy only, not ${apart[0]!.as}`);
    this.#accuracy = accuracy;
    const tensors = network.tensors();
    const groups = groupsOf(tensors, options.groups);
    this.#plan = new Plan('optimizer', options.optimizer, options, groups);
    const order: readonly NativeTensor[] = groups.flatMap(({ arrays }) => arrays);
    const grouped = tensors.map((tensor) => {
      const index = order.indexOf(tensor);
      const { group, frozen, mayBeSparse } = this.#plan.arrays[index]!;
      return { group, frozen, mayBeSparse: mayBeSparse && tensor.isSparse, index };
    });
    const isAnySparse = grouped.some(({ mayBeSparse, index }) => mayBeSparse && this.#plan.takesSparse(index));
    if (this.#plan.native.isLazy && !isAnySparse)
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        'sparse "lazy" needs an embedding, or a layer on sparse inputs, that is trained; this network has neither',
      );
    this.#seed = checkInteger('seed', orDefault(options.seed, 0), 0);
    this.#memory = sharedFloats('float64', stepResults.length + this.#plan.recordLength) as Float64Array;
    this.#fillRecord();
    this.native = new addon.Trainer(
      network,
      {
        loss,
        accuracy: this.#accuracy,
        optimizer: { ...this.#plan.native, checksFinite: false }, // a trainer checks each gradient anyway
        tensors: grouped,
        usesSam: this.#plan.usesSam,
        skipsNonFinite: this.#plan.onNonFinite === 'skip',
        accumulate: this.#plan.accumulate,
        precision: checkPrecision(options.precision),
        mayResume,
        seed: this.#seed,
      },
      this.#memory,
    );
  }

  /** Steps so far, over all runs and minibatches. */
  get steps(): number {
    return this.#memory[stepResults.at.steps]! + (this.#run?.progress.steps ?? 0);
  }

  /** Minibatches that were skipped because their loss or gradient was not finite. */
  get skipped(): number {
    return this.#memory[stepResults.at.skipped]!;
  }

  /** η of the next step, in the first group. */
  get learningRate(): number {
    return this.#plan.learningRate(this.steps);
  }

  /** Fills in the record of the next step. Call it before a step of {@link native}. */
  prepareStep(): void {
    beforeChange(this.#model);
    if (this.#plan.native.scheduled) this.#fillRecord();
  }

  /** Result of the last step of {@link native}. */
  report(): StepReport {
    forgetCalibration(this.#model);
    const memory = this.#memory;
    const loss = memory[stepResults.at.loss]!;
    const steps = memory[stepResults.at.steps]!;
    return this.#accuracy ? { loss, accuracy: memory[stepResults.at.accuracy]!, steps } : { loss, steps };
  }

  start(data: Dataset, options: RunOptions, onEnd: () => void = () => {}): Run {
    beforeChange(this.#model);
    const run = new Run(
      internal,
      {
        native: this.native,
        custom: this.custom,
        plan: this.#plan,
        inputs: this.#model.inputs,
        accuracy: this.#accuracy,
        seed: this.#seed,
        steps: this.steps,
        epochs: this.#epochs,
        onEnd: (epochs) => {
          this.#epochs += epochs;
          this.#run = undefined;
          onEnd();
        },
      },
      data,
      options,
    );
    if (!hasEnded(run)) {
      this.#run = run;
      forgetCalibration(this.#model);
    }
    return run;
  }

  /** Frees the memory of the rule's state as soon as no run uses it. */
  dispose(): void {
    this.native.dispose();
  }

  #fillRecord(): void {
    this.#plan.fill(this.#memory, stepResults.length, this.#memory[stepResults.at.steps]!);
  }
}
