import { setImmediate } from 'node:timers/promises';
import type { Inputs } from '../../data/blocks.js';
import { adamw } from '../../optimizers/adamw.js';
import { Trainer } from '../../training/trainer.js';
import type { RowObject } from '../readers/rows.js';
import type { TableModel } from '../table_model.js';
import { inPieces } from './pieces.js';
import { overloaded } from './refusal.js';

export interface LearnerOptions {
  readonly learningRate: number;
  /** Requests that may wait for their turn. */
  readonly queue: number;
}

/** What a request has taught. */
export interface Learnt {
  readonly rows: number;
  /** Steps of the model since the server began. */
  readonly steps: number;
  /** The mean loss of the rows before their steps. */
  readonly loss: number;
}

/** Takes steps on rows of requests, in order of their arrival. */
export class Learner {
  readonly #model: TableModel;
  readonly #trainer: Trainer;
  readonly #limit: number;
  #waiting = 0;
  /** The end of the last request's steps. */
  #last: Promise<unknown> = Promise.resolve();
  #rows = 0;

  constructor(model: TableModel, { learningRate, queue }: LearnerOptions) {
    this.#model = model;
    this.#limit = queue;
    this.#trainer = new Trainer(model.network, { loss: model.pipeline.loss, optimizer: adamw({ learningRate }) });
  }

  get steps(): number {
    return this.#trainer.steps;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Requests whose steps are not finished. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Takes steps on rows with their targets. All rows are checked before the first step.
   *
   * @throws Refusal 503 if the queue is full; TypeError, GlissadeError that name row and column of a value that is refused.
   */
  async learn(rows: readonly RowObject[]): Promise<Learnt> {
    if (this.#waiting >= this.#limit) throw overloaded(`${this.#waiting} requests wait to be learnt from already`);
    this.#waiting += 1;
    try {
      const minibatches: { inputs: Inputs; targets: Float64Array }[] = [];
      await inPieces(rows, (piece, first) => void minibatches.push(this.#model.pipeline.minibatch(piece, first)));
      const steps = this.#last.then(() => this.#take(minibatches));
      this.#last = steps.catch(() => {}); // the next request goes on
      return await steps;
    } finally {
      this.#waiting -= 1;
    }
  }

  async #take(minibatches: readonly { inputs: Inputs; targets: Float64Array }[]): Promise<Learnt> {
    let [rows, sum] = [0, 0];
    for (const { inputs, targets } of minibatches) {
      if (rows > 0) await setImmediate();
      const { loss } = await this.#trainer.stepAsync(inputs, targets);
      rows += targets.length;
      sum += loss * targets.length;
      this.#rows += targets.length;
    }
    return { rows, steps: this.#trainer.steps, loss: sum / rows };
  }

  dispose(): void {
    this.#trainer.dispose();
  }
}
