import { isLast } from './events.js';
import type { Notice, Task } from './messages.js';
import type { Listener } from './thread.js';
import type { Threads } from './threads.js';

/** A run that a page watches. */
export class LiveRun {
  readonly id: number;
  readonly #stop = new AbortController();
  readonly #send: Listener;
  /** Settled when the run has ended, and has a thread no more. */
  readonly ended: Promise<void>;
  #isOver = false;

  /** Begins as soon as `before`, the run that it replaces, has ended, and a thread is free. */
  constructor(id: number, task: Task, threads: Threads, send: Listener, before?: LiveRun) {
    this.id = id;
    this.#send = send;
    before?.stop();
    const { experiment } = task;
    const { settings } = 'race' in task ? task.race : task;
    this.#notify({ event: 'started', data: JSON.stringify({ run: id, experiment, settings }) }, () => {});
    this.ended = this.#go(task, threads, before);
  }

  /** Ends it. Nothing but `stopped` is sent of it after that. */
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
