/** A source of memory for bytes. */
export interface ByteMemory {
  take(length: number): Buffer;
  /** Returns memory that was taken and that nobody reads any more. */
  give(buffer: Buffer): void;
}

const newMemory: ByteMemory = { take: (length) => Buffer.allocUnsafeSlow(length), give: () => {} };

/** From this length on, buffers have powers of two as lengths, so that they can be reused. */
const fewLengthsFrom = 2 ** 15;

/** Collects bytes that arrive in pieces in one buffer. As a separate buffer, a piece of one byte would take a hundred bytes. */
export class GrowingBytes {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;
  readonly #limit: number;
  readonly #memory: ByteMemory;

  /** @param limit The most bytes that can arrive or be reserved. */
  constructor(limit: number, memory: ByteMemory = newMemory) {
    this.#limit = limit;
    this.#memory = memory;
  }

  get length(): number {
    return this.#length;
  }

  /** The reserved bytes: at first those of the first piece, later less than twice those that have arrived. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** The capacity needed for this many more bytes. */
  capacityWith(bytes: number): number {
    const needed = this.#length + bytes;
    if (needed <= this.capacity) return this.capacity;
    const wanted = Math.max(needed, 2 * this.capacity);
    return Math.min(this.#limit, wanted < fewLengthsFrom ? wanted : 2 ** Math.ceil(Math.log2(wanted)));
  }

  /** Appends a copy of a piece. The limit must not be exceeded. */
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

  /** The bytes so far, in memory to which later pieces are added. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Returns the memory. */
  clear(): void {
    this.#give();
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
  }

  #give(): void {
    if (this.capacity >= fewLengthsFrom) this.#memory.give(this.#buffer);
  }
}
