import { isLast } from './events.js';
import type { Notice, Order, Task } from './messages.js';

/** A run that has not stopped this long after a request to stop is ended together with its thread. */
const grace = 100; // ms

/** Handles an event of a run. It must call `onSent` when the next outcome may follow. */
export type Listener = (notice: Notice, onSent: () => void) => void;

/** A worker of Node or of a browser, which runs one task at a time. */
export interface RunningWorker {
  post(order: Order): void;
  /** Ends the worker at once, or after its current native call. */
  terminate(): void;
}

/** Handles the events of a worker. */
export interface WorkerEvents {
  notice(notice: Notice): void;
  /** Called before `exit` if an error ends the worker. */
  error(error: Error): void;
  exit(): void;
}

/** Starts a worker. */
export type StartWorker = (events: WorkerEvents) => RunningWorker;

/** A thread that runs experiments, one at a time. */
export class Thread {
  readonly #worker: RunningWorker;
  /** Resolves when the thread has ended. */
  readonly ended: Promise<void>;
  #isGone = false;
  #error: Error & { code?: string } = new Error('the thread of the run ended unexpectedly');
  #onNotice: ((notice: Notice) => void) | undefined;
  #onExit: (() => void) | undefined;

  constructor(start: StartWorker) {
    let exited = () => {};
    this.ended = new Promise((resolve) => {
      exited = resolve;
    });
    this.#worker = start({
      notice: (notice) => this.#onNotice?.(notice),
      error: (error) => {
        this.#isGone = true;
        this.#error = error;
      },
      exit: () => {
        this.#isGone = true;
        this.#onExit?.();
        exited();
      },
    });
  }

  /** Whether it can no longer run anything. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Runs a task until it ends, or `signal` ends it. The thread is then free, or gone. */
  async run(run: number, task: Task, signal: AbortSignal, onNotice: Listener): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#onNotice = (notice) => {
        onNotice(notice, () => this.#worker.post({ kind: 'sent', run }));
        if (isLast(notice.event)) resolve();
      };
      this.#onExit = () => {
        const { message, code } = this.#error;
        this.#onNotice!({ event: 'failed', data: JSON.stringify({ run, error: message, code }) });
      };
      signal.addEventListener('abort', () => {
        this.#worker.post({ kind: 'stop' });
        timer = setTimeout(() => {
          this.end();
          resolve();
        }, grace);
      });
      this.#worker.post({ kind: 'run', run, task });
    });
    clearTimeout(timer);
    this.#onNotice = undefined;
    this.#onExit = undefined;
  }

  /** Ends the thread at once, or after its current native call. */
  end(): void {
    this.#isGone = true;
    this.#worker.terminate();
  }
}
