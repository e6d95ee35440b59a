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

/** What a request has taught. */
export interface Learnt {
  readonly rows: number;
  /** Steps of the model since the server began. */
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

/** The client whose rows are learnt, as long as it waits for the reply. */
export interface Pupil {
  readonly client: string;
  onLeft: (() => void) | undefined;
  /** @throws Abandoned if nobody waits. */
  checkWaiting(): void;
}

/**
 * Takes steps on rows of requests, one request at a time. When several clients wait, the one that has taught the fewest rows
 * goes first; counts begin anew whenever nobody waits.
 * The rows of a request are learnt wholly or not at all.
 */
export class Learner {
  readonly #model: TableModel;
  readonly #learningRate: number;
  readonly #places: SharedLimit;
  readonly #lessons = new FairQueue<Lesson>();
  #trainer: Trainer;
  #steps = 0;
  #rows = 0;
  /** The lessons that are taken one after the other, while there are any. */
  #taking: Promise<void> | undefined;
  /** What is to be done once no request is half learnt. */
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

  /** Rows of the requests that were learnt wholly. */
  get rows(): number {
    return this.#rows;
  }

  /** Requests that are not finished. */
  get waiting(): number {
    return this.#places.total;
  }

  /**
   * Takes steps on rows. A request whose client leaves before its first step is not learnt.
   *
   * @param prepare Checks all rows.
   * @param onLearnt Called with the last step, before anything else can happen to the model.
   * @throws Refusal 503 if the queue is full; Abandoned; GlissadeError `ERR_NON_FINITE` if a step is refused, after which the parameters
   *   are those before the request; the errors of `prepare`.
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

  /** Calls `work` at once, or when the request that is being learnt from has ended. */
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
    const before = minibatches.length > 1 ? this.#model.network.parameters.slice() : undefined; // a step that is refused changes nothing by itself
    let sum = 0;
    try {
      for (const { inputs, targets } of minibatches) {
        const { loss } = await this.#trainer.stepAsync(inputs, targets);
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

  /** Puts the parameters back. The moments of AdamW, which hold gradients of the refused rows, begin anew. */
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

  /** Waits for the request that is being learnt from; then nothing is learnt any more. */
  async close(): Promise<void> {
    await this.#taking;
  }

  dispose(): void {
    this.#trainer.dispose();
  }
}
