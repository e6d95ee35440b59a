import { types } from 'node:util';
import { errorWith } from '../errors.js';

const typedArrayPrototype: Uint8Array = Object.getPrototypeOf(Uint8Array.prototype);
const getterOf = (name: string) => Object.getOwnPropertyDescriptor(typedArrayPrototype, name)!.get as () => never;
const [bufferGetter, lengthGetter, offsetGetter, bytesGetter] = [
  getterOf('buffer'),
  getterOf('length'),
  getterOf('byteOffset'),
  getterOf('byteLength'),
];
const keysFunction = typedArrayPrototype.keys as (this: ArrayBufferView) => unknown;
const setFunction = typedArrayPrototype.set as (this: ArrayBufferView, from: ArrayLike<number>) => void;

/** The buffer of a typed array. An own property `buffer` is ignored. */
export function bufferOf(array: ArrayBufferView): ArrayBufferLike {
  return bufferGetter.call(array);
}

/**
 * Number of elements of a typed array. An own property `length` is ignored. 0 if the buffer was detached, or has shrunk
 * below the array's offset.
 */
export function lengthOf(array: ArrayBufferView): number {
  return lengthGetter.call(array);
}

/** The bytes of a typed array. Own properties are ignored. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(bufferOf(array), offsetGetter.call(array), bytesGetter.call(array));
}

export function copyInto(array: ArrayBufferView, from: ArrayBufferView): void {
  setFunction.call(array, from as unknown as ArrayLike<number>);
}

/** Whether a typed array lies in shared memory, which can be neither detached nor moved. */
export function isShared(array: ArrayBufferView): boolean {
  return types.isSharedArrayBuffer(bufferOf(array));
}

/** Whether the buffer of an array was detached, or has shrunk below the end of the array. An empty array is neither. */
export function isDetached(array: ArrayBufferView): boolean {
  if (lengthOf(array) > 0) return false;
  try {
    keysFunction.call(array);
    return false;
  } catch {
    return true;
  }
}

/** @throws GlissadeError `ERR_DETACHED` for a typed array that {@link isDetached}. Other values pass. */
export function checkAttached(name: string, array: unknown): void {
  if (types.isTypedArray(array) && isDetached(array))
    throw errorWith('ERR_DETACHED', `the buffer of ${name} has been detached, or has become too short for it`);
}

export function isFloatArray(value: unknown): value is Float32Array | Float64Array {
  return types.isFloat32Array(value) || types.isFloat64Array(value);
}
