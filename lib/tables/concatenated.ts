/** Arrays one after the other in a new array. */
export function concatenated<Numbers extends Float64Array | Uint32Array>(
  NumberArray: new (length: number) => Numbers,
  arrays: readonly Numbers[],
): Numbers {
  const all = new NumberArray(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
