import type { Random } from '../../index.js';
import { Matrix, QrDecomposition, SingularValueDecomposition } from '../../numbers/matrices.js';
import { matrix } from './layers.js';

/** The modes of a linear map, A = U·diag(s)·Vᵀ, the strongest first. */
export interface Modes {
  /** A column for each mode: its direction among the outputs. */
  readonly u: Matrix;
  readonly strengths: readonly number[];
  /** A column for each mode: its direction among the inputs. */
  readonly v: Matrix;
}

/** The modes whose strength exceeds rounding errors. */
export function modesOf(map: Matrix): Modes {
  const decomposition = new SingularValueDecomposition(map, { autoTranspose: true });
  const { diagonal, leftSingularVectors: u, rightSingularVectors: v } = decomposition;
  const count = diagonal.filter((strength) => strength > 1e-12 * diagonal[0]!).length;
  const places = Array.from({ length: count }, (_, r) => r);
  return someOf({ u, strengths: diagonal, v }, places);
}

/** The modes at these indices. */
export function someOf({ u, strengths, v }: Modes, places: readonly number[]): Modes {
  return {
    u: u.subMatrixColumn([...places]),
    strengths: places.map((place) => strengths[place]!),
    v: v.subMatrixColumn([...places]),
  };
}

/** The strength of each mode in a map A: the diagonal of UᵀAV. */
export const strengthsIn = (map: Matrix, { u, v }: Modes): number[] =>
  Matrix.mul(u.transpose().mmul(map), v.transpose()).sum('row');

/** Completes orthonormal columns to a square orthogonal matrix, with random further columns. */
export function completed(axes: Matrix, random: Random): Matrix {
  const { rows, columns } = axes;
  if (columns === rows) return axes;
  const others = matrix(rows, rows - columns, random.normals(rows * (rows - columns)));
  const spanning = new Matrix(rows, rows).setSubMatrix(axes, 0, 0).setSubMatrix(others, 0, columns);
  return new QrDecomposition(spanning).orthogonalMatrix.setSubMatrix(axes, 0, 0); // QR may have changed their signs
}
