/** Bytes of a buffer. So large a buffer comes straight from the system, which provides memory only where it is written. */
const unit = 2 ** 26;

/**
 * Lets the garbage collector feel the size of the module's objects, which it can't see: holds buffers of the same size in
 * their place. Nothing is ever written to these, so they take up address space but no memory.
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
      // The address space is used up. The collector runs less often than it should, which does no harm.
    }
  }
}
