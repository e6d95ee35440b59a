import { LiveRun } from './live_run.js';
import type { Task } from './messages.js';
import type { Listener } from './thread.js';
import type { Threads } from './threads.js';

/** An open page: the newest run of each experiment and of the race. */
export class Visitor {
  readonly #send: Listener;
  readonly #threads: Threads;
  readonly #runs = new Map<string, LiveRun>();
  /** The text of the table that the page has sent, if any. */
  table: string | undefined;

  /** @param send Sends the page an event. */
  constructor(send: Listener, threads: Threads) {
    this.#send = send;
    this.#threads = threads;
  }

  /** Starts a run, which replaces the page's previous run of this experiment. */
  start(id: number, task: Task): void {
    this.#runs.set(task.experiment, new LiveRun(id, task, this.#threads, this.#send, this.#runs.get(task.experiment)));
  }

  /** Ends a run. Returns whether the page has this run. */
  stop(id: number): boolean {
    const run = [...this.#runs.values()].find((one) => one.id === id);
    run?.stop();
    return run !== undefined;
  }

  /** Ends all runs after the page was closed. */
  leave(): void {
    for (const run of this.#runs.values()) run.stop();
    this.table = undefined;
  }
}
