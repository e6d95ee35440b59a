/** Where the memory of bytes comes from and goes to. */
export interface ByteMemory {
  take(length: number): Buffer;
  /** Gives memory back that was taken, and that nobody reads any more. */
  give(buffer: Buffer): void;
}

const newMemory: ByteMemory = { take: (length) => Buffer.allocUnsafeSlow(length), give: () => {} };

/** From so many bytes on, memory has lengths that are powers of two, so that it can be used again for other bytes. */
const fewLengthsFrom = 2 ** 15;

/** Bytes that come in pieces, in one buffer: a piece of a byte would take a hundred if it were kept by itself. */
export class GrowingBytes {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;
  readonly #limit: number;
  readonly #memory: ByteMemory;

  /** @param limit The most bytes that come, and that are reserved. */
  constructor(limit: number, memory: ByteMemory = newMemory) {
    this.#limit = limit;
    this.#memory = memory;
  }

  get length(): number {
    return this.#length;
  }

  /** The bytes that are reserved: those of the first piece if they are few, and else less than twice those that have come. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** The capacity with so many bytes more. */
  capacityWith(bytes: number): number {
    const needed = this.#length + bytes;
    if (needed <= this.capacity) return this.capacity;
    const wanted = Math.max(needed, 2 * this.capacity);
    return Math.min(this.#limit, wanted < fewLengthsFrom ? wanted : 2 ** Math.ceil(Math.log2(wanted)));
  }

  /** Appends a copy of a piece. The limit must not be passed. */
  add(piece: Uint8Array): void {
    const capacity = this.capacityWith(piece.length);
    if (capacity > this.capacity) {
      const larger = this.#memory.take(capacity);
      larger.set(this.bytes());
      this.#give();
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
    this.#give();
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
  }

  #give(): void {
    if (this.capacity >= fewLengthsFrom) this.#memory.give(this.#buffer);
  }
}
