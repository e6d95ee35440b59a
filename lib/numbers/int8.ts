import type { FloatArray } from '../addon/index.js';
import { errorWith, newArray } from '../errors.js';

// Symmetric quantisation by the largest magnitude: a number is the nearest multiple of its row's scale, from −127 to 127
// times. So it is wrong by half a scale at most, which is the row's largest magnitude over 254. Zeros are exact.

/** Largest multiple. −128 is left out, so that the range is symmetric. */
const mostMultiples = 127;

const [smallestScale, largestNumber] = [2 ** -126, (2 - 2 ** -23) * 2 ** 127]; // of the normal float32 numbers
/** 127 times the scale that is nearest to this one would be infinite in float32. */
const largestScale = Math.fround((largestNumber / mostMultiples) * (1 - 2 ** -23));

/** A matrix as integers with scales. */
export interface QuantizedMatrix {
  readonly numbers: Int8Array;
  /** A scale for each row, or for {@link rowsPerScale} rows. */
  readonly scales: Float32Array;
}

/** Rows that share a scale: 1, but enough for 16 numbers if a row has fewer than 8. A scale has the size of four numbers. */
export const rowsPerScale = (columns: number): number => (columns >= 8 ? 1 : Math.ceil(16 / columns));

/** The number of scales of a matrix. */
export const scaleCount = (rows: number, columns: number): number => Math.ceil(rows / rowsPerScale(columns));

/**
 * The nearest matrix of integers with scales. Rows whose numbers are all below 127 · 2⁻¹²⁶ become zeros.
 *
 * @param name Of the matrix, in messages.
 * @throws RangeError `ERR_OUT_OF_RANGE` for a number that is not finite, or beyond the range of float32.
 */
export function quantized(name: string, matrix: FloatArray, columns: number): QuantizedMatrix {
  const block = rowsPerScale(columns) * columns; // the numbers of a scale
  const numbers = newArray(Int8Array, matrix.length) as Int8Array;
  const scales = newArray(Float32Array, Math.ceil(matrix.length / block)) as Float32Array;
  for (let i = 0; i < scales.length; ++i) {
    const [begin, end] = [i * block, Math.min((i + 1) * block, matrix.length)];
    let largest = 0;
    for (let at = begin; at < end; ++at) {
      const magnitude = Math.abs(matrix[at]!);
      if (!(magnitude <= largestNumber)) throw unfit(name, matrix[at]!, Math.floor(at / columns));
      if (magnitude > largest) largest = magnitude;
    }
    const scale = Math.min(Math.fround(largest / mostMultiples), largestScale);
    if (scale < smallestScale) continue;
    scales[i] = scale;
    for (let at = begin; at < end; ++at) numbers[at] = Math.round(matrix[at]! / scale);
  }
  return { numbers, scales };
}

const unfit = (name: string, value: number, row: number): Error =>
  errorWith(
    'ERR_OUT_OF_RANGE',
    `row ${row} of ${name} has the number ${value}, which can't be quantised to int8; save the model without quantize`,
  );

/** Writes the numbers that integers with scales stand for. */
export function dequantize({ numbers, scales }: QuantizedMatrix, columns: number, into: FloatArray): void {
  const block = rowsPerScale(columns) * columns;
  for (let i = 0; i < scales.length; ++i) {
    const scale = scales[i]!;
    const end = Math.min((i + 1) * block, numbers.length);
    for (let at = i * block; at < end; ++at) into[at] = numbers[at]! * scale;
  }
}
