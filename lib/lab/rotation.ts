import { Matrix, QrDecomposition } from 'ml-matrix';
import type { Random } from '../numbers/random.js';

/** An orthogonal matrix, of all of them alike: the orthonormal basis that random directions lead to (Stewart 1980, but for signs). */
export function rotation(size: number, random: Random): Matrix {
  const normals = Matrix.from1DArray(size, size, random.normals(size * size) as unknown as number[]);
  return new QrDecomposition(normals.transpose()).orthogonalMatrix;
}
