import { errorWith } from '../errors.js';
import { Matrix } from '../numbers/matrices.js';

/** Rows per block of a sum. Each block is summed by itself, which keeps rounding small. */
const rowsOfSum = 256;

/** E[yyᵀ] over `count` rows y of `size` numbers, each of which `write` puts into an array. */
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

/**
 * Checks that second moments are the identity, within `tolerance` in each element.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if they are not.
 */
export function checkIdentity(moments: Matrix, tolerance: number): void {
  const deviations = Matrix.sub(moments, Matrix.eye(moments.rows)).to1DArray();
  const error = deviations.reduce((largest, deviation) => Math.max(largest, Math.abs(deviation)), 0);
  if (!(error <= tolerance))
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `whiten: inputs is too ill-conditioned: E[zzᵀ] differs from the identity by ${error}, more than ${tolerance}. ` +
        "Use method: 'pca' with fewer components, or an epsilon > 0",
    );
}
