import { Worker } from 'node:worker_threads';
import { isLast } from './events.js';
import type { Notice, Order, Task } from './messages.js';

/** A run that has not stopped this long after a request to stop is ended together with its thread. */
const grace = 100; // ms

/** Handles an event of a run. It must call `onSent` when the next outcome may follow. */
export type Listener = (notice: Notice, onSent: () => void) => void;

/** A thread that runs experiments, one at a time. */
export class Thread {
  readonly #worker: Worker;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;
  #isGone = false;
  #error: Error & { code?: string } = new Error('the thread of the run ended unexpectedly');
  #onNotice: ((notice: Notice) => void) | undefined;
  #onExit: (() => void) | undefined;

  constructor(file: string) {
    this.#worker = new Worker(file);
    this.#worker.on('message', (notice: Notice) => this.#onNotice?.(notice));
    this.#worker.on('error', (error) => {
      this.#isGone = true;
      this.#error = error as Error;
    });
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#isGone = true;
        this.#onExit?.();
        resolve();
      });
    });
  }

  /** Whether it can no longer run anything. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Runs a task until it ends, or `signal` ends it. The thread is then free, or gone. */
  async run(run: number, task: Task, signal: AbortSignal, onNotice: Listener): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onNotice = (notice) => {
        onNotice(notice, () => this.#order({ kind: 'sent', run }));
        if (isLast(notice.event)) resolve();
      };
      this.#onExit = () => {
        const { message, code } = this.#error;
        this.#onNotice!({ event: 'failed', data: JSON.stringify({ run, error: message, code }) });
      };
      signal.addEventListener('abort', () => {
        this.#order({ kind: 'stop' });
        timer = setTimeout(() => {
          this.end();
          resolve();
        }, grace);
      });
      this.#order({ kind: 'run', run, task });
    });
    clearTimeout(timer);
    this.#onNotice = undefined;
    this.#onExit = undefined;
  }

  /** Ends the thread at once, or after its current native call. */
  end(): void {
    this.#isGone = true;
    void this.#worker.terminate();
  }

  #order(order: Order): void {
    this.#worker.postMessage(order);
  }
}
