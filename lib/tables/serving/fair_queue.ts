interface Flow<T> {
  /** The virtual time at which its next item begins. */
  time: number;
  readonly items: { readonly item: T; readonly rank: number }[];
}

/**
 * A queue of items of several clients. The client that has used the least is served next, with its item of the lowest rank. A
 * client that was idle gets a head start, the credit.
 *
 * Start-time fair queueing (Goyal, Vin & Cheng 1996, doi:10.1145/248156.248171).
 */
export class FairQueue<T> {
  readonly #flows = new Map<string, Flow<T>>();
  readonly #credit: number;
  /** The virtual time at which the last item began. */
  #now = 0;
  #size = 0;

  /** @param credit In the unit of work. With 0, a client with many small items waits for its turn each time. */
  constructor(credit = 0) {
    this.#credit = credit;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds an item after those of a lower or equal rank. */
  push(client: string, item: T, rank = 0): void {
    const { items } = this.#flowOf(client);
    let at = items.length;
    while (at > 0 && items[at - 1]!.rank > rank) at -= 1;
    items.splice(at, 0, { item, rank });
    this.#size += 1;
  }

  /** Removes the next item. The caller must charge the client for it. */
  shift(): { client: string; item: T } | undefined {
    let next: [string, Flow<T>] | undefined;
    for (const entry of this.#flows) {
      const [client, flow] = entry;
      if (flow.items.length > 0) {
        if (!next || flow.time < next[1].time) next = entry;
      } else if (flow.time <= this.#now - this.#credit) this.#flows.delete(client);
    }
    if (!next) return undefined;
    const [client, flow] = next;
    this.#now = Math.max(this.#now, flow.time);
    this.#size -= 1;
    return { client, item: flow.items.shift()!.item };
  }

  /** Counts work for a client, in any unit. If the queue is empty, all counts are reset, because nobody waits. */
  charge(client: string, work: number): void {
    const flow = this.#flowOf(client);
    flow.time += work;
    if (this.#size > 0) return;
    this.#now = Math.max(this.#now, flow.time);
    this.#flows.clear();
  }

  /** The number of clients that are remembered. */
  get clients(): number {
    return this.#flows.size;
  }

  /** Removes an item that nobody waits for any more. Returns whether it was there. */
  delete(client: string, item: T): boolean {
    const items = this.#flows.get(client)?.items ?? [];
    const at = items.findIndex((one) => one.item === item);
    if (at < 0) return false;
    items.splice(at, 1);
    this.#size -= 1;
    return true;
  }

  #flowOf(client: string): Flow<T> {
    const earliest = this.#now - this.#credit;
    const flow = this.#flows.get(client) ?? { time: earliest, items: [] };
    if (flow.items.length === 0) flow.time = Math.max(flow.time, earliest);
    this.#flows.set(client, flow);
    return flow;
  }
}
