import type { FloatArray } from '../../addon/index.js';
import { beforeChange } from '../../models/model.js';
import { adamw } from '../../optimizers/adamw.js';
import { Trainer } from '../../training/trainer.js';
import type { TableModel } from '../table_model.js';
import { FairQueue } from './fair_queue.js';
import type { Minibatch } from './minibatch.js';
import { Abandoned, Overloaded } from './refusal.js';
import { SharedLimit } from './shared_limit.js';

export interface LearnerOptions {
  readonly learningRate: number;
  /** Requests that may wait for their turn. */
  readonly queue: number;
  readonly clientShare: number;
}

/** The result of learning from a request. */
export interface Learnt {
  readonly rows: number;
  /** Steps of the model since the server started. */
  readonly steps: number;
  /** The mean loss of the rows before their steps. */
  readonly loss: number;
}

/** The rows of a request. */
interface Lesson {
  readonly minibatches: readonly Minibatch[];
  readonly rows: number;
  learnt(report: Learnt): void;
  failed(error: Error): void;
}

/** A client that waits for its rows to be learnt. */
export interface Pupil {
  readonly client: string;
  onLeft: (() => void) | undefined;
  /** @throws Abandoned if the client has left. */
  checkWaiting(): void;
}

/**
 * Takes steps on the rows of requests, one request at a time. If several clients wait, the one whose requests had the fewest
 * rows goes first. The counts restart whenever nobody waits. The rows of a request are learnt completely or not at all.
 */
export class Learner {
  readonly #model: TableModel;
  readonly #learningRate: number;
  readonly #places: SharedLimit;
  readonly #lessons = new FairQueue<Lesson>();
  #trainer: Trainer;
  #steps = 0;
  #rows = 0;
  /** Works through the queue; undefined if it is empty. */
  #taking: Promise<void> | undefined;
  /** Work that waits until no request is half learnt. */
  #between: (() => void)[] = [];

  constructor(model: TableModel, { learningRate, queue, clientShare }: LearnerOptions) {
    this.#model = model;
    this.#learningRate = learningRate;
    this.#places = new SharedLimit(queue, clientShare);
    this.#trainer = this.#newTrainer();
  }

  get steps(): number {
    return this.#steps;
  }

  /** Rows of all requests that were learnt. */
  get rows(): number {
    return this.#rows;
  }

  /** The number of unfinished requests. */
  get waiting(): number {
    return this.#places.total;
  }

  /**
   * Takes steps on rows. A request is not learnt if its client leaves before the first step.
   *
   * @param prepare Checks all rows.
   * @param onLearnt Called right after the last step, before anything else can change the model.
   * @throws Refusal 503 if the queue is full; Abandoned; GlissadeError `ERR_NON_FINITE` if a step is refused, after which the
   *   parameters are as before the request; the errors of `prepare`.
   */
  async learn(
    pupil: Pupil,
    prepare: () => Promise<readonly Minibatch[]>,
    onLearnt: (report: Learnt) => void,
  ): Promise<Learnt> {
    const { client } = pupil;
    const whose = this.#places.refusing(client, 1);
    if (whose)
      throw new Overloaded(
        'queue',
        whose,
        `${this.waiting} requests are waiting to be learnt from${whose === 'client' ? '; this client has reached its limit' : ''}`,
      );
    this.#places.add(client, 1);
    try {
      const minibatches = await prepare();
      pupil.checkWaiting();
      return await new Promise<Learnt>((resolve, reject) => {
        const rows = minibatches.reduce((sum, { targets }) => sum + targets.length, 0);
        const learnt = (report: Learnt) => {
          onLearnt(report);
          resolve(report);
        };
        const lesson: Lesson = { minibatches, rows, learnt, failed: reject };
        pupil.onLeft = () => {
          if (this.#lessons.delete(client, lesson)) reject(new Abandoned());
        };
        this.#lessons.push(client, lesson);
        this.#taking ??= this.#takeAll();
      });
    } finally {
      pupil.onLeft = undefined;
      this.#places.remove(client, 1);
    }
  }

  /** Calls `work` at once, or after the current request. */
  between<T>(work: () => T): Promise<T> {
    if (!this.#taking) return new Promise((resolve) => resolve(work()));
    return new Promise((resolve, reject) => {
      this.#between.push(() => {
        try {
          resolve(work());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  async #takeAll(): Promise<void> {
    for (let next = this.#lessons.shift(); next; next = this.#lessons.shift()) {
      const { client, item: lesson } = next;
      try {
        lesson.learnt(await this.#take(lesson));
      } catch (error) {
        lesson.failed(error as Error);
      }
      this.#lessons.charge(client, lesson.rows);
      for (const work of this.#between.splice(0)) work();
    }
    this.#taking = undefined;
    for (const work of this.#between.splice(0)) work();
  }

  async #take({ minibatches, rows }: Lesson): Promise<Learnt> {
    const before = minibatches.length > 1 ? this.#model.network.parameters.slice() : undefined; // a refused first step changes nothing
    let sum = 0;
    try {
      for (const { inputs, targets, weights } of minibatches) {
        const { loss } = await this.#trainer.stepAsync(inputs, targets, { weights });
        sum += loss * targets.length;
      }
    } catch (error) {
      if (before) this.#restore(before);
      throw error;
    }
    this.#steps += minibatches.length;
    this.#rows += rows;
    return { rows, steps: this.#steps, loss: sum / rows };
  }

  /** Restores the parameters. The moments of AdamW, which contain gradients of the refused rows, are reset. */
  #restore(before: FloatArray): void {
    const { network } = this.#model;
    this.#trainer.dispose();
    beforeChange(network);
    network.parameters.set(before);
    this.#trainer = this.#newTrainer();
  }

  #newTrainer(): Trainer {
    const { network, pipeline } = this.#model;
    return new Trainer(network, { loss: pipeline.loss, optimizer: adamw({ learningRate: this.#learningRate }) });
  }

  /** Waits for the current requests to be learnt. */
  async close(): Promise<void> {
    await this.#taking;
  }

  dispose(): void {
    this.#trainer.dispose();
  }
}
