import { types } from 'node:util';
import type { FloatArray } from '../addon/index.js';
import { isDetached, isFloatArray, isShared } from '../checks.js';
import { sharedBytes, typeOf, viewOf } from '../memory.js';

type Lendable = FloatArray | Uint16Array;

const typeOfAny = (array: Lendable) => (isFloatArray(array) ? typeOf(array) : 'bfloat16');

const isLendable = (array: unknown): array is Lendable => isFloatArray(array) || types.isUint16Array(array);

/** Copies in shared memory, which can't be transferred away under a job. */
export class Staging {
  readonly #copies = new Map<string, Lendable>();

  /** An array in shared memory as it is, and a copy of another in memory that its name keeps. */
  copyOf<T extends Lendable | undefined>(name: string, array: T, length: number): T {
    // What is of no use is refused by the native side, by name.
    if (!isLendable(array) || isShared(array) || isDetached(array) || array.length !== length) return array;
    const key = `${name} ${typeOfAny(array)}`;
    const copy = this.#copies.get(key) ?? emptyLike(array);
    this.#copies.set(key, copy);
    copy.set(array);
    return copy as T;
  }
}

/** An array in shared memory as it is, and a new copy of another. */
export function sharedCopy<T extends Lendable | undefined>(array: T): T {
  if (!isLendable(array) || isShared(array) || isDetached(array)) return array;
  const copy = emptyLike(array);
  copy.set(array);
  return copy as T;
}

const emptyLike = (array: Lendable): Lendable =>
  viewOf(sharedBytes(array.byteLength), typeOfAny(array), 0, array.length);
