import { FairQueue } from './fair_queue.js';

/** Milliseconds of work on requests before sockets and timers are checked again. */
const milliseconds = 1;

/** The head start of a client that was idle, in milliseconds of work. */
const credit = 20;

/** The work on a request. */
interface Job {
  /** Does a short piece. Returns whether work remains. */
  step(): boolean;
  /** Its position among the unfinished jobs of its client; 0 before its first piece. */
  rank: number;
}

/**
 * Shares the JavaScript thread among clients. Work runs in short pieces, and sockets are read in between. The client that has
 * used the least time goes first. Within a client, new requests go first, so that short ones don't wait for long ones. Long
 * ones are finished one after the other, so that few are in memory half done.
 */
export class Turns {
  readonly #queue = new FairQueue<Job>(credit);
  #begun = 0;
  #spent = 0;
  #isScheduled = false;

  /** Whether no work waits. */
  get isIdle(): boolean {
    return this.#queue.size === 0;
  }

  /** Does short work: at once if nothing waits, else in turn. */
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

  /** Does pieces of work in turn until one returns 'done'. */
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
    this.#queue.charge(client, Math.min(spent, milliseconds)); // pauses of the garbage collector must not count for the client
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
