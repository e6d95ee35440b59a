import { types } from 'node:util';
import type { FloatArray, FloatType } from '../addon/index.js';
import { copyInto, isDetached, isFloatArray, isShared, lengthOf } from '../checks/index.js';
import { sharedBytes, typeOf, viewOf } from '../numbers/memory.js';

type Lendable = FloatArray | Uint16Array;

const typeOfAny = (array: Lendable): FloatType | 'bfloat16' => (isFloatArray(array) ? typeOf(array) : 'bfloat16');

const bytesPer = { float32: 4, float64: 8, bfloat16: 2 } as const;

const isLendable = (array: unknown): array is Lendable => isFloatArray(array) || types.isUint16Array(array);

/** Copies in shared memory, which can't be transferred away under a job. */
export class SharedCopies {
  readonly #copies = new Map<string, Lendable>();

  /** An array in shared memory as it is, and a copy of another in memory that its name keeps. */
  copyOf<T extends Lendable | undefined>(name: string, array: T, length: number): T {
    // What is of no use is refused by the native side, by name.
    if (!isLendable(array) || isShared(array) || isDetached(array) || lengthOf(array) !== length) return array;
    const key = `${name} ${typeOfAny(array)}`;
    const copy = this.#copies.get(key) ?? emptyLike(array);
    this.#copies.set(key, copy);
    copyInto(copy, array);
    return copy as T;
  }
}

/** An array in shared memory as it is, and a new copy of another. */
export function sharedCopy<T extends Lendable | undefined>(array: T): T {
  if (!isLendable(array) || isShared(array) || isDetached(array)) return array;
  const copy = emptyLike(array);
  copyInto(copy, array);
  return copy as T;
}

function emptyLike(array: Lendable): Lendable {
  const [type, length] = [typeOfAny(array), lengthOf(array)];
  return viewOf(sharedBytes(length * bytesPer[type]), type, 0, length) as Lendable;
}
