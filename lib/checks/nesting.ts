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
 * Bounds depth and size of descriptions that contain others, because functions that traverse them recurse once per
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
    const inside = this.#sizeOf(parts);
    const total = { depth: inside.depth + 1, parts: inside.parts + 1 };
    this.#check(total);
    this.#sizes.set(whole, total);
    return whole;
  }

  /**
   * Checks a list of descriptions that belong to no other one.
   *
   * @throws RangeError `ERR_OUT_OF_RANGE` if it is too large.
   */
  checkList(list: readonly object[]): void {
    this.#check(this.#sizeOf(list));
  }

  #sizeOf(list: readonly object[]): Size {
    const size = { depth: 0, parts: 0 };
    for (const part of list) {
      const { depth, parts } = this.#sizes.get(part) ?? { depth: 1, parts: 1 };
      size.depth = Math.max(size.depth, depth);
      size.parts += parts;
    }
    return size;
  }

  #check({ depth, parts }: Size): void {
    if (depth > mostDeep) throw this.#tooDeep();
    if (parts > mostParts)
      throw errorWith('ERR_OUT_OF_RANGE', `${this.#what} may have at most ${mostParts} parts in all`);
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
