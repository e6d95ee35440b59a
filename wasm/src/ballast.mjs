/** Bytes of a buffer. So large a buffer comes straight from the system, which provides memory only where it is written. */
const unit = 2 ** 26;

/**
 * Makes the garbage collector run as often as the size of the module's objects calls for. It can't see that size, so this
 * holds buffers of the same size. Nothing is ever written to them, so they take up address space but no memory (on
 * Windows, a part of what the system lets processes commit).
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
      // No address space is left. The collector runs less often than it should.
    }
  }
}
