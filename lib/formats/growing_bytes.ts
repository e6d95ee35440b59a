/** Bytes that come in pieces, in one buffer: a piece of a byte would take a hundred if it were kept by itself. */
export class GrowingBytes {
  #buffer = Buffer.alloc(0);
  #length = 0;
  readonly #limit: number;

  /** @param limit The most bytes that come, and that are reserved. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes that are reserved: those of the first piece, then less than twice those that have come. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** The capacity with so many bytes more. */
  capacityWith(bytes: number): number {
    const needed = this.#length + bytes;
    if (needed <= this.capacity) return this.capacity;
    return Math.min(this.#limit, Math.max(needed, 2 * this.capacity));
  }

  /** Appends a copy of a piece. The limit must not be passed. */
  add(piece: Uint8Array): void {
    const capacity = this.capacityWith(piece.length);
    if (capacity > this.capacity) {
      const larger = Buffer.allocUnsafeSlow(capacity);
      larger.set(this.bytes());
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length += piece.length;
  }

  /** What has come, in the memory that later pieces are written to. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Gives the memory up. */
  clear(): void {
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
  }
}
