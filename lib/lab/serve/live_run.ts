import { isLast } from './events.js';
import type { Notice, Task } from './messages.js';
import type { Listener } from './thread.js';
import type { Threads } from './threads.js';

/** A run for a live page. */
export class LiveRun {
  readonly id: number;
  readonly #stop = new AbortController();
  readonly #send: Listener;
  /** Resolves when the run has ended and released its thread. */
  readonly ended: Promise<void>;
  #isOver = false;

  /** Starts when a thread is free and `before`, the run that it replaces, has ended. */
  constructor(id: number, task: Task, threads: Threads, send: Listener, before?: LiveRun) {
    this.id = id;
    this.#send = send;
    before?.stop();
    const { experiment, settings } = task;
    this.#notify({ event: 'started', data: JSON.stringify({ run: id, experiment, settings }) }, () => {});
    this.ended = this.#go(task, threads, before);
  }

  /** Ends the run. Sends `stopped` and nothing after it. */
  stop(): void {
    if (this.#isOver) return;
    this.#notify({ event: 'stopped', data: JSON.stringify({ run: this.id }) }, () => {});
    this.#stop.abort();
  }

  async #go(task: Task, threads: Threads, before: LiveRun | undefined): Promise<void> {
    await before?.ended;
    const { signal } = this.#stop;
    const thread = await threads.take(signal);
    if (!thread) return;
    await thread.run(this.id, task, signal, (notice, onSent) => this.#notify(notice, onSent));
    threads.giveBack(thread);
  }

  #notify(notice: Notice, onSent: () => void): void {
    if (this.#isOver) return;
    this.#isOver = isLast(notice.event);
    this.#send(notice, onSent);
  }
}
