/** Transfers an array's buffer, so that the array is detached. */
export function detach<T extends ArrayBufferView>(array: T): T {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
  return array;
}

type ArrayClass<T> = { new (buffer: ArrayBufferLike): T; BYTES_PER_ELEMENT: number };

/** An array over all of a buffer that can shrink and grow. */
export function resizable<T>(Class: ArrayClass<T>, length: number): T {
  const size = length * Class.BYTES_PER_ELEMENT;
  const Resizable = ArrayBuffer as unknown as new (size: number, options: { maxByteLength: number }) => ArrayBuffer;
  return new Class(new Resizable(size, { maxByteLength: 2 * size }));
}

/** An array over all of a shared buffer that can grow. */
export function growable<T>(Class: ArrayClass<T>, length: number): T {
  const size = length * Class.BYTES_PER_ELEMENT;
  const Growable = SharedArrayBuffer as unknown as new (
    size: number,
    options: { maxByteLength: number },
  ) => SharedArrayBuffer;
  return new Class(new Growable(size, { maxByteLength: 2 * size }));
}

/** A copy of an array in shared memory. */
export function shared<T extends Float32Array | Float64Array | Uint8Array>(array: T): T {
  const Class = array.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new Class(new SharedArrayBuffer(array.byteLength));
  copy.set(array);
  return copy;
}
