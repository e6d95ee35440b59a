import { FairQueue } from './fair_queue.js';

/** Work on requests between two looks at sockets and timers. */
const milliseconds = 1;

/** What a client that asks for little is in advance of those that ask for much, in ms of work. */
const credit = 20;

/** The work on a request. */
interface Job {
  /** Does a short piece. Returns whether more is to be done. */
  step(): boolean;
  /** Its place among the jobs of its client that are not finished: 0 before its first piece. */
  rank: number;
}

/**
 * Shares the thread of JavaScript among clients. Work runs in short pieces, and sockets are read in between. The client that
 * has had the least time goes first. Of one client, new requests go first, so that short ones don't wait for long ones.
 * Long ones are finished one after the other, so that few are half done and hold memory.
 */
export class Turns {
  readonly #queue = new FairQueue<Job>(credit);
  #begun = 0;
  #spent = 0;
  #isScheduled = false;

  /** Does work that is short: at once if nothing waits, and else in its turn. */
  run<T>(client: string, work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const step = () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error as Error);
        }
        return false;
      };
      this.#begin(client, { step, rank: 0 });
    });
  }

  /** Does a piece of work again and again, until it returns that nothing is left. */
  repeat(client: string, piece: () => 'more' | 'done'): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          if (piece() === 'more') return true;
          resolve();
        } catch (error) {
          reject(error as Error);
        }
        return false;
      };
      this.#begin(client, { step, rank: 0 });
    });
  }

  #begin(client: string, job: Job): void {
    if (this.#queue.size === 0 && this.#spent < milliseconds) this.#do(client, job);
    else this.#queue.push(client, job);
    this.#schedule();
  }

  #do(client: string, job: Job): void {
    const begin = performance.now();
    const isUnfinished = job.step();
    const spent = performance.now() - begin;
    this.#spent += spent;
    this.#queue.charge(client, Math.min(spent, milliseconds)); // a pause of the collector is not the client's
    if (!isUnfinished) return;
    if (job.rank === 0) job.rank = ++this.#begun;
    this.#queue.push(client, job, job.rank);
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
