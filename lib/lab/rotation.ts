import type { Random } from '../index.js';
import { Matrix, QrDecomposition } from '../numbers/matrices.js';

/** A random orthogonal matrix: Q of the QR decomposition of normal numbers (Stewart 1980, but for signs). */
export function rotation(size: number, random: Random): Matrix {
  const normals = Matrix.from1DArray(size, size, random.normals(size * size) as unknown as number[]);
  return new QrDecomposition(normals.transpose()).orthogonalMatrix;
}
