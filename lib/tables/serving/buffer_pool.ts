import type { ByteMemory } from '../../http/growing_bytes.js';

/** The most bytes that are kept for later bodies. */
const mostBytes = 2 ** 24;

/**
 * A pool of buffers for request bodies. V8 counts new buffers towards its heap limit, so allocating one for each long
 * body would trigger a full garbage collection every few requests.
 */
export class BufferPool implements ByteMemory {
  /** Unused buffers, by their length. */
  readonly #free = new Map<number, Buffer[]>();
  /** Bytes of these buffers. */
  #bytes = 0;

  take(length: number): Buffer {
    const buffer = this.#free.get(length)?.pop();
    if (!buffer) return Buffer.allocUnsafeSlow(length);
    this.#bytes -= length;
    return buffer;
  }

  give(buffer: Buffer): void {
    const { length } = buffer;
    if (this.#bytes + length > mostBytes) return;
    const free = this.#free.get(length) ?? [];
    free.push(buffer);
    this.#free.set(length, free);
    this.#bytes += length;
  }
}
