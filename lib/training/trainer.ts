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
  /** What each input is multiplied by. Default 1. */
  scale?: number | undefined;
  /** How much each row counts, as in a dataset. Default: all count alike. */
  weights?: ExampleWeights | undefined;
}

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
  readonly #training: Training;

  /**
   * @param model As `network` makes it. The parameters stay its own.
   * @throws TypeError, RangeError for options that do not fit.
   */
  constructor(model: Network, options: TrainerOptions) {
    this.#training = new Training(model, options, { goesOn: true });
    this.model = model;
  }

  /** How many steps have been taken, over all runs and minibatches. */
  get steps(): number {
    return this.#training.steps;
  }

  /** How many minibatches were left out because their loss or gradient was not finite, with `onNonFinite: 'skip'`. */
  get skipped(): number {
    return this.#training.skipped;
  }

  /** η of the next step, in the first group. */
  get learningRate(): number {
    return this.#training.learningRate;
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
    this.#training.native.step(values, scale, targets.values, targets.columns, weights);
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
      this.#training.native.stepOn(nativeDataset(data));
    } finally {
      data.dispose();
    }
    return this.#training.report();
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
    return this.#training.start(data, options);
  }

  /** Gives the memory of the rule's state back now, as soon as no run uses it. */
  dispose(): void {
    this.#training.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
