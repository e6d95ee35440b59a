import { errorWith } from '../errors.js';

/** Largest depth of nested descriptions. */
const mostDeep = 256;

/** Largest number of descriptions in one. A description that occurs several times counts each time. */
const mostParts = 2 ** 16;

interface Size {
  depth: number;
  parts: number;
}

/**
 * Bounds depth and size of descriptions that contain others, because functions that walk through them recurse once per
 * level. `what` names them in messages, as `layers`.
 */
export class Nesting {
  readonly #what: string;
  readonly #sizes = new WeakMap<object, Size>();
  #level = 0;

  constructor(what: string) {
    this.#what = what;
  }

  /** Whether a description has been noted, and therefore checked. */
  has(whole: object): boolean {
    return this.#sizes.has(whole);
  }

  /**
   * Notes a description that consists of `parts`.
   *
   * @throws RangeError `ERR_OUT_OF_RANGE` if it is too deep or too large.
   */
  note<T extends object>(whole: T, parts: readonly object[]): T {
    const total = { depth: 1, parts: 1 };
    for (const part of parts) {
      const size = this.#sizes.get(part) ?? { depth: 1, parts: 1 };
      total.depth = Math.max(total.depth, size.depth + 1);
      total.parts += size.parts;
    }
    if (total.depth > mostDeep) throw this.#tooDeep();
    if (total.parts > mostParts)
      throw errorWith('ERR_OUT_OF_RANGE', `${this.#what} consist of at most ${mostParts} parts, all counted`);
    this.#sizes.set(whole, total);
    return whole;
  }

  /** Runs a function that reads a description. Nested descriptions are read by nested calls of this method. */
  within<T>(read: () => T): T {
    if (this.#level >= mostDeep) throw this.#tooDeep();
    this.#level += 1;
    try {
      return read();
    } finally {
      this.#level -= 1;
    }
  }

  #tooDeep(): Error {
    return errorWith('ERR_OUT_OF_RANGE', `${this.#what} may be nested ${mostDeep} deep, but these are deeper`);
  }
}
