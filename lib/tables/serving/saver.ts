import { warn } from '../../checks/warn.js';
import type { TableModel } from '../table_model.js';
import type { IdempotencyKeys } from './idempotency_keys.js';
import type { Learner } from './learner.js';

/** Saves a learning model at intervals, together with the replies to the requests that it has learnt from. */
export class Saver {
  readonly #model: TableModel;
  readonly #learner: Learner;
  readonly #keys: IdempotencyKeys;
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;
  #savedSteps = 0;
  #pending: Promise<void> = Promise.resolve();
  saves = 0;
  failures = 0;

  constructor(
    { model, learner, keys }: { model: TableModel; learner: Learner; keys: IdempotencyKeys },
    file: string,
    seconds: number,
  ) {
    this.#model = model;
    this.#learner = learner;
    this.#keys = keys;
    this.#file = file;
    this.#timer = setInterval(() => {
      this.save().catch(({ message }: Error) => warn('GLISSADE_NOT_SAVED', message)); // a full disk must not stop the server
    }, 1000 * seconds);
    this.#timer.unref();
  }

  /** Writes the file if the model has learnt since the last save. Waits for a save in progress. */
  save(): Promise<void> {
    this.#pending = this.#pending.catch(() => {}).then(() => this.#write());
    return this.#pending;
  }

  async #write(): Promise<void> {
    if (this.#learner.steps === this.#savedSteps) return;
    // Parameters and replies are copied at the same moment, while no request is half learnt.
    const { steps, writing } = await this.#learner.between(() => ({
      steps: this.#learner.steps,
      writing: this.#model.saveAbout(this.#file, { replies: this.#keys }),
    }));
    try {
      await writing;
    } catch (error) {
      this.failures += 1;
      throw error;
    }
    this.#savedSteps = steps;
    this.saves += 1;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
