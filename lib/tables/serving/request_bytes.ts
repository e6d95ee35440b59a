import type { MemoryAccount } from '../../http/body.js';
import { Refusal } from '../../http/refusal.js';
import { Overloaded } from './refusal.js';
import type { SharedLimit } from './shared_limit.js';

/** The memory of a request: its body, its rows as inputs of the network, and its reply. */
export class RequestBytes implements MemoryAccount {
  readonly #all: SharedLimit;
  readonly #client: string;
  #bytes = 0;
  /** How many of them are for rows and the reply. */
  #work = 0;

  constructor(all: SharedLimit, client: string) {
    this.#all = all;
    this.#client = client;
  }

  /** Counts bytes of the body. A single request is always accepted. @throws Refusal 503 if all memory is in use. */
  addBody(bytes: number): void {
    if (this.#all.total > this.#bytes) this.#check(bytes);
    this.#add(bytes);
  }

  /** Counts bytes of rows or the reply. @throws Refusal 413 for more than a client may ever have, 503 if memory is in use. */
  addWork(bytes: number, what: 'rows' | 'reply'): void {
    const most = Math.floor(this.#all.largestShare);
    if (this.#work + bytes > most)
      throw new Refusal(
        413,
        'ERR_TOO_LARGE',
        `the ${what === 'rows' ? 'rows of the request take' : 'reply takes'} more than ${most} bytes, the limit for one client: send fewer rows at once`,
      );
    if (this.#all.total > this.#bytes) this.#check(bytes);
    this.#add(bytes);
    this.#work += bytes;
  }

  /** Releases this many bytes, or all that are left. */
  remove(bytes: number): void {
    const released = Math.min(bytes, this.#bytes);
    if (released === 0) return;
    this.#bytes -= released;
    this.#all.remove(this.#client, released);
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#all.add(this.#client, bytes);
  }

  #check(bytes: number): void {
    const whose = this.#all.refusing(this.#client, bytes);
    if (whose === 'server')
      throw new Overloaded('bytes', whose, `requests in progress already use ${this.#all.total} bytes of memory`);
    if (whose === 'client')
      throw new Overloaded('bytes', whose, 'this client has reached its limit of memory for requests in progress');
  }
}
