const bytesOf = (array: ArrayBufferView): Buffer =>
  Buffer.from(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);

export const sameBits = (a: ArrayBufferView, b: ArrayBufferView): boolean => bytesOf(a).equals(bytesOf(b));

type NumberArray = Float32Array | Float64Array | Uint32Array | Uint16Array | Uint8Array;

/** Fails unless two arrays have one element size and equal bits (−0 differs from 0). Names the first difference. */
export function expectSameBits(actual: NumberArray, expected: NumberArray, where = ''): void {
  if (actual.BYTES_PER_ELEMENT === expected.BYTES_PER_ELEMENT && sameBits(actual, expected)) return;
  const at = [...actual].findIndex((value, i) => !Object.is(value, expected[i]));
  expect({ where, at, value: actual[at], length: actual.length }).toEqual({
    where,
    at,
    value: expected[at],
    length: expected.length,
  });
  throw new Error(`${where}: the bits differ`);
}
