import type { FloatArray } from '../addon/index.js';
import { newArray } from '../errors.js';

type Sides = [rows: number, columns: number, channels: number, outputs: number];

/** The weights [rows, columns, channels, outputs] of a convolution, as [outputs, channels, rows, columns]. */
export function outputsFirst(data: FloatArray, shape: readonly number[]): Float32Array {
  const result = newArray(Float32Array, data.length);
  forEachWeight(shape as Sides, (last, first) => {
    result[first] = data[last]!;
  });
  return result;
}

/** Weights [outputs, channels, rows, columns], as [rows, columns, channels, outputs]. The shape is that of the result. */
export function outputsLast(data: ArrayLike<number>, shape: readonly number[]): Float64Array {
  const result = newArray(Float64Array, data.length);
  forEachWeight(shape as Sides, (last, first) => {
    result[last] = data[first]!;
  });
  return result;
}

/** Calls `visit` for each weight, with its index where the outputs are the last side, and where they are the first. */
function forEachWeight([rows, columns, channels, outputs]: Sides, visit: (last: number, first: number) => void): void {
  const positions = rows * columns;
  for (let p = 0; p < positions; ++p)
    for (let c = 0; c < channels; ++c)
      for (let o = 0; o < outputs; ++o) visit((p * channels + c) * outputs + o, (o * channels + c) * positions + p);
}
