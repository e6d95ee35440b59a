import { checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite } from '../checks/ranges.js';
import { type Inputs, isBlock } from '../data/blocks.js';
import { checkDataset, Dataset, nativeDataset } from '../data/dataset.js';
import { tableOf, targetTable, type Values } from '../data/table.js';
import { checkWeights, type ExampleWeights } from '../data/weights.js';
import { errorWith } from '../errors.js';
import { takesArrays } from '../models/model.js';
import type { Network } from './network.js';
import { type Run, type RunOptions, runOptions } from './run.js';
import { type StepReport, type TrainerOptions, Training } from './training.js';

/** The options of one minibatch. */
export interface MinibatchOptions {
  /** Factor of each input, for inputs that are arrays of numbers. Default 1. */
  scale?: number | undefined;
  /** Weight of each row, as in a dataset. Default: all 1. */
  weights?: ExampleWeights | undefined;
}

/**
 * Trains a model minibatch by minibatch or run by run, and keeps the state of the update rule in between.
 *
 * Between calls the model holds the parameters that it is to be evaluated with. With `average`, or a rule such as
 * `scheduleFree`, the trained parameters differ from these, and the next call continues from the trained ones. If you
 * write to the parameters in between, or train them in another way, it continues from what you wrote, with its own
 * state.
 *
 * @example
 * const trainer = new Trainer(model, { loss: 'crossEntropy', optimizer: adamw({ learningRate: 1e-3 }), seed: 7 });
 * trainer.step(x, y); // one minibatch
 * await trainer.fit(train, { epochs: 5, batchSize: 128 });
 * await trainer.fit(train, { epochs: 5, batchSize: 128 }); // the same bits as one run of 10 epochs
 */
export class Trainer {
  readonly model: Network;
  readonly #training: Training;

  /**
   * @param model A model, as `network` makes it. Training starts from its present parameters.
   * @throws TypeError, RangeError for options that don't fit.
   */
  constructor(model: Network, options: TrainerOptions) {
    this.#training = new Training(model, options, { mayResume: true });
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
    const weights = options?.weights === undefined ? undefined : checkWeights(options.weights, length / inputs);
    this.#training.prepareStep();
    native.step(values, scale, targets.values, targets.columns, weights, custom);
    return this.#training.report();
  }

  #stepOn(inputs: Inputs, targets: Values, options: MinibatchOptions = {}): StepReport {
    checkOptions('step', options, ['scale', 'weights']);
    if (options.scale !== undefined)
      throw errorWith('ERR_INVALID_ARGUMENT', 'step: scale is for numbers; blocks have their own');
    const data = new Dataset({ inputs, targets, weights: options.weights });
    try {
      checkDataset('x', data, this.model.inputs);
      this.#training.prepareStep();
      this.#training.native.stepOn(nativeDataset(data), this.#training.custom);
    } finally {
      data.dispose();
    }
    return this.#training.report();
  }

  /**
   * Trains on `data` in the background, and returns the run at once. It continues with the rule's state, with schedules
   * at the current number of steps, and with the order of examples of the next epoch, so `epochs: 2` and then
   * `epochs: 3` give the bits of `epochs: 5`. An epoch that is stopped early counts as a whole one.
   *
   * @throws The errors that {@link Network.fit} throws. The run rejects in the same cases as there. The trainer can
   *   continue after all of them.
   */
  fit(data: Dataset, options: RunOptions = {}): Run {
    checkOptions('Trainer.fit', options, runOptions);
    return this.#training.start(data, options);
  }

  /** Frees the memory of the rule's state as soon as no run uses it. The trainer can't be used afterwards. */
  dispose(): void {
    this.#training.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
