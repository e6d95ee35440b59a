import { types } from 'node:util';
import type { FloatArray, FloatType } from '../addon/index.js';
import { copyInto, isDetached, isFloatArray, isShared, lengthOf } from '../checks/typed_arrays.js';
import { sharedBytes, typeOf, viewOf } from '../numbers/memory.js';

type Copyable = FloatArray | Uint16Array;

const typeOfAny = (array: Copyable): FloatType | 'bfloat16' => (isFloatArray(array) ? typeOf(array) : 'bfloat16');

const bytesPer = { float32: 4, float64: 8, bfloat16: 2 } as const;

const isCopyable = (array: unknown): array is Copyable => isFloatArray(array) || types.isUint16Array(array);

/** Copies of arrays in shared memory, which can't be detached while a job uses them. */
export class SharedCopies {
  readonly #copies = new Map<string, Copyable>();

  /**
   * Returns a shared array as it is. Copies another into memory that is reused for later arrays of this name and type.
   */
  copyOf<T extends Copyable | undefined>(name: string, array: T, length: number): T {
    // The native side refuses unsuitable arrays, by name.
    if (!isCopyable(array) || isShared(array) || isDetached(array) || lengthOf(array) !== length) return array;
    const key = `${name} ${typeOfAny(array)}`;
    const copy = this.#copies.get(key) ?? emptyLike(array);
    this.#copies.set(key, copy);
    copyInto(copy, array);
    return copy as T;
  }
}

/** Returns a shared array as it is, and a new copy of another. */
export function sharedCopy<T extends Copyable | undefined>(array: T): T {
  if (!isCopyable(array) || isShared(array) || isDetached(array)) return array;
  const copy = emptyLike(array);
  copyInto(copy, array);
  return copy as T;
}

function emptyLike(array: Copyable): Copyable {
  const [type, length] = [typeOfAny(array), lengthOf(array)];
  return viewOf(sharedBytes(length * bytesPer[type]), type, 0, length) as Copyable;
}
