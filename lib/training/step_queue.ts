import type { NativeAnswer } from '../addon/index.js';
import { type Dataset, nativeDataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import { type Run, requestStep } from './run.js';

interface Waiting<Report> {
  minibatch: Dataset;
  resolve(report: Report): void;
  reject(reason: unknown): void;
}

/** Steps that `stepAsync` has requested from a run and that have no answer yet, in order of arrival. */
export class StepQueue<Report> {
  readonly #limit: number;
  readonly #waiting = new Map<number, Waiting<Report>>();
  #last = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Requests a step on a minibatch from a run. The queue disposes of the minibatch, also if this throws.
   *
   * @throws GlissadeError `ERR_QUEUE_FULL`; TypeError, RangeError for a minibatch that doesn't fit.
   */
  add(run: Run, minibatch: Dataset): Promise<Report> {
    const id = ++this.#last;
    try {
      if (this.#waiting.size >= this.#limit)
        throw errorWith(
          'ERR_QUEUE_FULL',
          `${this.#limit} steps wait for their turn already; await them, or set the option queue of Trainer`,
        );
      // A run that is about to end takes no request. The step then waits for takeLeft.
      requestStep(run, id, nativeDataset(minibatch));
    } catch (error) {
      minibatch.dispose();
      throw error;
    }
    return new Promise((resolve, reject) => this.#waiting.set(id, { minibatch, resolve, reject }));
  }

  /** Resolves the promise of the step that the answer belongs to. */
  settle({ id, code, message, ...report }: NativeAnswer): void {
    if (code === undefined) this.#take(id).resolve(report as Report);
    else this.reject(id, errorWith(code, message!));
  }

  /** Rejects the promise of a step that was not taken. */
  reject(id: number, reason: unknown): void {
    this.#take(id).reject(reason);
  }

  #take(id: number): Waiting<Report> {
    const waiting = this.#waiting.get(id)!;
    this.#waiting.delete(id);
    waiting.minibatch.dispose();
    return waiting;
  }

  /** Takes the steps that are left after the end of a run, in order. */
  takeLeft(step: (minibatch: Dataset) => Report): void {
    for (const [id, { minibatch, resolve, reject }] of [...this.#waiting]) {
      this.#waiting.delete(id);
      try {
        resolve(step(minibatch));
      } catch (error) {
        reject(error);
      } finally {
        minibatch.dispose();
      }
    }
  }
}
