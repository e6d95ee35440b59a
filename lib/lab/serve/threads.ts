import { type StartWorker, Thread } from './thread.js';

/** The largest number of concurrent runs of all pages. The others wait. */
const mostThreads = 6;

/** The largest number of idle threads. With one, the next run starts at once; with two, consecutive runs of a page start no thread. */
const mostIdle = 2;

/** A pool of threads for runs. One is always ready, unless all are in use. */
export class Threads {
  readonly #start: StartWorker;
  /** All threads that have not ended. */
  readonly #all = new Set<Thread>();
  readonly #idle: Thread[] = [];
  readonly #waiting: ((thread: Thread) => void)[] = [];
  #isClosed = false;

  constructor(start: StartWorker) {
    this.#start = start;
    this.#warm();
  }

  /** A thread for one run, or nothing if `signal` aborts first. The latest request comes first, since the user is looking at it. */
  async take(signal: AbortSignal): Promise<Thread | undefined> {
    if (signal.aborted) return undefined;
    const thread = this.#idle.pop() ?? (this.#all.size < mostThreads ? this.#begin() : await this.#wait(signal));
    this.#warm();
    return thread;
  }

  giveBack(thread: Thread): void {
    const waiting = thread.isGone ? undefined : this.#waiting.pop();
    if (waiting) waiting(thread);
    else if (!thread.isGone) this.#idle.push(thread);
    while (this.#idle.length > mostIdle) this.#idle.shift()!.end();
    this.#warm();
  }

  /** Ends all threads at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const thread of this.#all) thread.end();
    await Promise.all([...this.#all].map(({ ended }) => ended));
  }

  #begin(): Thread {
    const thread = new Thread(this.#start);
    this.#all.add(thread);
    void thread.ended.then(() => {
      this.#all.delete(thread);
      if (this.#idle.includes(thread)) this.#idle.splice(this.#idle.indexOf(thread), 1);
      if (!this.#isClosed && this.#waiting.length > 0) this.#waiting.pop()!(this.#begin());
    });
    return thread;
  }

  #warm(): void {
    if (this.#idle.length === 0 && this.#all.size < mostThreads && !this.#isClosed) this.#idle.push(this.#begin());
  }

  #wait(signal: AbortSignal): Promise<Thread | undefined> {
    return new Promise((resolve) => {
      const stop = () => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        resolve(undefined);
      };
      const take = (thread: Thread) => {
        signal.removeEventListener('abort', stop);
        resolve(thread);
      };
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(take);
    });
  }
}
