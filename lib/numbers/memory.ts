import { types } from 'node:util';
import { addon, type FloatArray, type FloatType } from '../addon/index.js';
import { lengthOf } from '../checks/typed_arrays.js';
import { allocated } from '../errors.js';

/** Bytes of a cache line. */
const alignment = 64;

const floatClass = { float32: Float32Array, float64: Float64Array } as const;

export const typeOf = (array: FloatArray): FloatType => (types.isFloat64Array(array) ? 'float64' : 'float32');

/**
 * Zeroed shared memory that begins at a cache line. `readBeyond` bytes after its end may be read. It is shared because
 * an ArrayBuffer could be detached while a job uses it.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if there is no memory.
 */
export function sharedBytes(length: number, readBeyond = 0): Uint8Array {
  const bytes = length + readBeyond + alignment;
  return allocated(bytes, () => {
    const memory = addon.newBytes?.(bytes) ?? new Uint8Array(new SharedArrayBuffer(bytes));
    const misplaced = addon.alignment(memory);
    return new Uint8Array(memory.buffer, memory.byteOffset + (misplaced === 0 ? 0 : alignment - misplaced), length);
  });
}

/** {@link sharedBytes} as a float array of `length` elements. */
export function sharedFloats(type: FloatType, length: number, readBeyond = 0): FloatArray {
  return viewOf(sharedBytes(length * floatClass[type].BYTES_PER_ELEMENT, readBeyond), type, 0, length);
}

const numberClass = { ...floatClass, bfloat16: Uint16Array, uint8: Uint8Array, uint32: Uint32Array } as const;
type NumberType = keyof typeof numberClass;

/** A view of `length` numbers from the byte `offset` on. */
export function viewOf<T extends NumberType>(
  bytes: Uint8Array,
  type: T,
  offset: number,
  length: number,
): InstanceType<(typeof numberClass)[T]> {
  const Type = numberClass[type] as unknown as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => InstanceType<(typeof numberClass)[T]>;
  return new Type(bytes.buffer, bytes.byteOffset + offset, length);
}

/** A zeroed array in memory that is not shared. */
export function floats(type: FloatType, length: number): FloatArray {
  return allocated(length * floatClass[type].BYTES_PER_ELEMENT, () => new floatClass[type](length));
}

/**
 * Frees the memory of an array, which is then empty. Without this, much short-lived memory would make the garbage
 * collector run often. Memory that other arrays may share is kept.
 */
export function release(array: ArrayBufferView): void {
  if (array.byteLength > 0 && array.byteLength === array.buffer.byteLength) addon.release(array);
}

/** Zeroed arrays of the type and lengths of `arrays`, in one shared buffer, each at the beginning of a cache line. */
export function sharedLike(arrays: readonly FloatArray[]): FloatArray[] {
  const type = arrays.length > 0 ? typeOf(arrays[0]!) : 'float32';
  const line = alignment / floatClass[type].BYTES_PER_ELEMENT;
  let size = 0;
  const lengths = arrays.map(lengthOf);
  const offsets = lengths.map((length) => {
    const offset = size;
    size += Math.ceil(length / line) * line;
    return offset;
  });
  const slab = sharedFloats(type, size);
  return lengths.map((length, i) => slab.subarray(offsets[i]!, offsets[i]! + length));
}
