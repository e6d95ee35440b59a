/** The size of a buffer: C libraries take memory of this size from the system, which gives it when it is written to. */
const unit = 2 ** 26;

/**
 * Makes the garbage collector run as often as the size of the module's objects demands, which it doesn't know: holds
 * buffers of that size, whose bytes are never written, so that they take no memory.
 */
export class Ballast {
  #bytes = 0;
  #buffers = [];

  /** Adds to the size of the module's objects. */
  adjust(bytes) {
    this.#bytes += bytes;
    const count = Math.floor(this.#bytes / unit);
    if (this.#buffers.length > count) this.#buffers.length = count;
    try {
      while (this.#buffers.length < count) this.#buffers.push(new ArrayBuffer(unit));
    } catch {
      // Without address space for the buffers, the collector runs less often.
    }
  }
}
