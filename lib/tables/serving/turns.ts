import { FairQueue } from './fair_queue.js';

/** Work on requests between two looks at sockets and timers. */
const milliseconds = 1;

/**
 * Shares the thread of JavaScript among clients: short pieces of work run in turn, those of the client first that has
 * had the least time, and sockets are read in between.
 */
export class Turns {
  readonly #queue = new FairQueue<() => void>();
  #spent = 0;
  #isScheduled = false;

  /** Does a short piece of work: at once if nothing waits, and else in its turn. */
  run<T>(client: string, work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const piece = () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error as Error);
        }
      };
      if (this.#queue.size === 0 && this.#spent < milliseconds) this.#do(client, piece);
      else this.#queue.push(client, piece);
      this.#schedule();
    });
  }

  #do(client: string, piece: () => void): void {
    const begin = performance.now();
    piece();
    const spent = performance.now() - begin;
    this.#spent += spent;
    this.#queue.charge(client, spent);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#spent = 0;
      while (this.#queue.size > 0 && this.#spent < milliseconds) {
        const { client, item } = this.#queue.shift()!;
        this.#do(client, item);
      }
      if (this.#queue.size > 0) this.#schedule();
    });
  }
}
