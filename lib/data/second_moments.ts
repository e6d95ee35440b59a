import { Matrix } from 'ml-matrix';
import { errorWith } from '../errors.js';

/** Sums of so many rows are added up by themselves, so that their rounding stays small. */
const rowsOfSum = 256;

/** E[yyᵀ] over rows y, each of which is written in turn. */
export function secondMoments(count: number, size: number, write: (row: number, into: Float64Array) => void): Matrix {
  const [y, sum, part] = [new Float64Array(size), new Float64Array(size * size), new Float64Array(size * size)];
  for (let begin = 0; begin < count; begin += rowsOfSum) {
    part.fill(0);
    for (let row = begin; row < Math.min(count, begin + rowsOfSum); ++row) {
      write(row, y);
      for (let i = 0; i < size; ++i) {
        const yi = y[i]!;
        if (yi === 0) continue;
        for (let j = i, place = i * size + i; j < size; ++j, ++place) part[place]! += yi * y[j]!;
      }
    }
    for (let place = 0; place < sum.length; ++place) sum[place]! += part[place]!;
  }
  const moments = new Matrix(size, size);
  for (let i = 0; i < size; ++i)
    for (let j = i; j < size; ++j) {
      const moment = sum[i * size + j]! / count;
      moments.set(i, j, moment);
      moments.set(j, i, moment);
    }
  return moments;
}

/** @throws RangeError `ERR_OUT_OF_RANGE` where second moments are not those of white rows. */
export function checkIdentity(moments: Matrix, tolerance: number): void {
  const deviations = Matrix.sub(moments, Matrix.eye(moments.rows)).to1DArray();
  const error = deviations.reduce((largest, deviation) => Math.max(largest, Math.abs(deviation)), 0);
  if (!(error <= tolerance))
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `whiten: inputs is too ill-conditioned: E[zzᵀ] is off the identity by ${error}, where ${tolerance} is allowed. ` +
        "Use method: 'pca' with fewer components, or an epsilon > 0",
    );
}
