/** Whose limit was reached: that of the client, or that of all clients together. */
export type Whose = 'client' | 'server';

/**
 * A limit that clients share. A client gets at most `share / (1 - share)` times what stays free for others. With a share of ½,
 * one greedy client gets a half, and two get a third each, so that something is left for the next one.
 *
 * Dynamic thresholds (Choudhury & Hahne 1998, doi:10.1109/90.664262).
 */
export class SharedLimit {
  readonly #limit: number;
  readonly #share: number;
  readonly #used = new Map<string, number>();
  #total = 0;

  /** @param share In (0, 1]; with 1 a client may take everything. */
  constructor(limit: number, share: number) {
    this.#limit = limit;
    this.#share = share;
  }

  get total(): number {
    return this.#total;
  }

  /** The most that a client can have while no other client has anything. */
  get largestShare(): number {
    return this.#limit * this.#share;
  }

  /** The limit that an amount for a client exceeds; undefined if none. Only the server's limit binds a client without any. */
  refusing(client: string, amount: number): Whose | undefined {
    const free = this.#limit - this.#total - amount;
    if (free < 0) return 'server';
    const used = this.#used.get(client) ?? 0;
    return used > 0 && (used + amount) * (1 - this.#share) > free * this.#share ? 'client' : undefined;
  }

  add(client: string, amount: number): void {
    this.#total += amount;
    this.#used.set(client, (this.#used.get(client) ?? 0) + amount);
  }

  remove(client: string, amount: number): void {
    this.#total -= amount;
    const left = this.#used.get(client)! - amount;
    if (left === 0) this.#used.delete(client);
    else this.#used.set(client, left);
  }
}
