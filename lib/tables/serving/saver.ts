import { warn } from '../../checks/warn.js';
import type { TableModel } from '../table_model.js';
import type { Learner } from './learner.js';

/** Saves a model that learns, now and then. */
export class Saver {
  readonly #model: TableModel;
  readonly #learner: Learner;
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;
  #savedSteps = 0;
  #pending: Promise<void> = Promise.resolve();
  saves = 0;
  failures = 0;

  constructor(model: TableModel, learner: Learner, file: string, seconds: number) {
    this.#model = model;
    this.#learner = learner;
    this.#file = file;
    this.#timer = setInterval(() => {
      this.save().catch(({ message }: Error) => warn('GLISSADE_NOT_SAVED', message)); // a full disk does not end the server
    }, 1000 * seconds);
    this.#timer.unref();
  }

  /** Writes the file if the model has learnt since the last time. A save that is under way is waited for. */
  save(): Promise<void> {
    this.#pending = this.#pending.catch(() => {}).then(() => this.#write());
    return this.#pending;
  }

  async #write(): Promise<void> {
    const { steps } = this.#learner;
    if (steps === this.#savedSteps) return;
    try {
      await this.#model.save(this.#file);
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
