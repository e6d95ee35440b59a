import { types } from 'node:util';
import { isObject } from '../checks/kinds.js';
import { invalid } from '../checks/shown.js';
import { lengthOf } from '../checks/typed_arrays.js';
import { newArray } from '../errors.js';

/** Numbers in bfloat16, as bits: each is the upper half of a float32. */
export interface Bfloat16Array {
  readonly bfloat16: Uint16Array;
}

/**
 * Marks bits as bfloat16 numbers. An optimizer takes them as a gradient, a dataset as inputs. Nothing is copied.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` unless `bits` is a Uint16Array.
 */
export function bfloat16(bits: Uint16Array): Bfloat16Array {
  if (!types.isUint16Array(bits)) throw invalid('bits', 'a Uint16Array', bits);
  return Object.freeze({ bfloat16: bits });
}

/**
 * The bits of a value that is marked as bfloat16, else undefined. Call it once per value, because a user's object may
 * return other bits the next time.
 */
export function bitsOf(value: unknown): Uint16Array | undefined {
  if (!isObject(value) || ArrayBuffer.isView(value)) return undefined;
  const bits: unknown = (value as Partial<Bfloat16Array>).bfloat16;
  return types.isUint16Array(bits) ? bits : undefined;
}

export function isBfloat16(value: unknown): value is Bfloat16Array {
  return bitsOf(value) !== undefined;
}

/** bfloat16 numbers, given as bits, as float32, whose upper halves they are. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const whole = newArray(Uint32Array, lengthOf(bits));
  for (let i = 0; i < whole.length; ++i) whole[i] = bits[i]! << 16;
  return new Float32Array(whole.buffer);
}
