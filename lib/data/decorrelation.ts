// Dense decompositions without native code, maintained by the mljs group. Versions after 6.12.1 depend on a package
// that is an ES module only, which versions of Node before 20.19 can't require.

import { errorWith } from '../errors.js';
import { EigenvalueDecomposition, type Matrix, SingularValueDecomposition } from '../numbers/matrices.js';
import { LinearMap } from './linear_map.js';
import type { Rows } from './rows.js';
import { secondMoments } from './second_moments.js';

/** Decorrelation of the rows x of a table less a mean. Their second moments are Σ = E[xxᵀ] = U·S²·Uᵀ. */
export interface Decorrelation {
  /** U, in columns: the principal directions whose variance is above rounding. */
  readonly directions: Matrix;
  /** S: the standard deviations along the directions, descending. */
  readonly deviations: readonly number[];
  /** S⁻¹Uᵀ. */
  readonly whitener: Matrix;
  /** US. */
  readonly colourer: Matrix;
  /** How far rounding may move the second moments of whitened rows from the identity, in each element. */
  readonly tolerance: number;
  readonly constantColumns: readonly number[];
}

/**
 * Decorrelates rows. If D are the scales of the columns and C is a factor of their correlations, DC = U·S·Vᵀ is a
 * factor of Σ, and VᵀC⁺D⁻¹ = S⁻¹Uᵀ whitens as accurately as C⁺, however far apart the scales are. If columns depend on
 * each other, C⁺D⁻¹ is the pseudo-inverse of DC only if D is a multiple of the identity, so all scales are then set to
 * the largest.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if all columns are constant.
 */
export function decorrelate(rows: Rows, mean: Float64Array): Decorrelation {
  const own = scalesOf(rows, mean);
  const constantColumns = [...own.keys()].filter((j) => own[j] === 0);
  const varying = rows.columns - constantColumns.length;
  if (varying === 0)
    throw errorWith('ERR_OUT_OF_RANGE', `inputs has nothing to whiten: its ${rows.count} rows are all the same`);
  const largest = Math.max(...own);
  const common = own.map((scale) => (scale === 0 ? 0 : largest));
  const byThemselves = factorise(rows, mean, own);
  const isIndependent = byThemselves.factor.columns === varying;
  const scales = isIndependent ? own : common;
  const { factor, inverse, condition } = isIndependent ? byThemselves : factorise(rows, mean, common);
  const svd = new SingularValueDecomposition(factor.clone().mulColumnVector(scales.map((scale) => scale / largest)));
  const [directions, rotation] = positive(svd.leftSingularVectors, svd.rightSingularVectors);
  return {
    directions,
    deviations: svd.diagonal.map((deviation) => deviation * largest),
    whitener: rotation
      .transpose()
      .mmul(inverse)
      .mulRowVector(scales.map((scale) => (scale === 0 ? 0 : 1 / scale))),
    colourer: factor.mmul(rotation).mulColumnVector(scales),
    tolerance: 8 * (rows.columns + Math.sqrt(rows.count)) * Number.EPSILON * Math.sqrt(condition),
    constantColumns,
  };
}

/** Condition number from which on eigenvalues are too inexact to whiten with. */
const inexact = 100;

/**
 * A factor C of the second moments M = C·Cᵀ of scaled columns, and its pseudo-inverse C⁺, which whitens them with an
 * error of about ε · κ(M). If κ is large, both are corrected by the second moments of the rows that C⁺ whitens, which
 * are nearly white (Cholesky QR is repeated in the same way: Yamamoto, Nakatsukasa, Yanagisawa & Fukaya 2015).
 * Eigenvalues of M at the level of rounding are left out.
 */
function factorise(rows: Rows, mean: Float64Array, scales: Float64Array) {
  const { columns, count, values } = rows;
  const scale = (row: number, into: Float64Array) => {
    for (let j = 0; j < columns; ++j)
      into[j] = scales[j] === 0 ? 0 : (values[row * columns + j]! - mean[j]!) / scales[j]!;
  };
  const moments = symmetricEigen(secondMoments(count, columns, scale));
  const rounding = 4 * Math.max(count, columns) * Number.EPSILON * moments.values.at(-1)!;
  const first = moments.values.findIndex((value) => value > rounding);
  const kept = moments.values.slice(first);
  const roots = kept.map(Math.sqrt);
  const vectors = moments.vectors.subMatrix(0, columns - 1, first, columns - 1);
  const factor = vectors.clone().mulRowVector(roots);
  const inverse = vectors.clone().divRowVector(roots).transpose();
  const condition = kept.at(-1)! / kept[0]!;
  if (condition < inexact) return { factor, inverse, condition };
  const map = new LinearMap(inverse);
  const scaled = new Float64Array(columns);
  const nearlyWhite = symmetricEigen(
    secondMoments(count, kept.length, (row, into) => {
      scale(row, scaled);
      map.apply(scaled, into);
    }),
  );
  return {
    factor: factor.mmul(power(nearlyWhite, 0.5)),
    inverse: power(nearlyWhite, -0.5).mmul(inverse),
    condition,
  };
}

interface SymmetricEigen {
  /** Ascending. */
  readonly values: number[];
  /** The eigenvectors, in columns. */
  readonly vectors: Matrix;
}

function symmetricEigen(matrix: Matrix): SymmetricEigen {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  return { values: realEigenvalues, vectors: eigenvectorMatrix };
}

const power = ({ values, vectors }: SymmetricEigen, exponent: number): Matrix =>
  vectors
    .clone()
    .mulRowVector(values.map((value) => value ** exponent))
    .mmul(vectors.transpose());

/** Fixes the signs of pairs of singular vectors: the element of largest magnitude of each left vector is positive. */
function positive(left: Matrix, right: Matrix): [Matrix, Matrix] {
  const signs = left
    .transpose()
    .to2DArray()
    .map((column) => {
      const largest = column.reduce((best, x) => (Math.abs(x) > Math.abs(best) ? x : best));
      return largest < 0 ? -1 : 1;
    });
  return [left.mulRowVector(signs), right.mulRowVector(signs)];
}

/** Squares of numbers between these neither overflow nor underflow. */
const [smallest, greatest] = [1e-150, 1e150];

/** Root mean square of each column after subtraction of its mean; 0 if it is within the rounding of a constant. */
function scalesOf({ values, count, columns }: Rows, mean: Float64Array): Float64Array {
  const largest = new Float64Array(columns);
  const furthest = new Float64Array(columns);
  for (let i = 0; i < values.length; i += columns)
    for (let j = 0; j < columns; ++j) {
      largest[j] = Math.max(largest[j]!, Math.abs(values[i + j]!));
      furthest[j] = Math.max(furthest[j]!, Math.abs(values[i + j]! - mean[j]!));
    }
  const tooFar = furthest.findIndex((far) => far > greatest);
  if (tooFar >= 0)
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `inputs has numbers in column ${tooFar} that are ${furthest[tooFar]} from their mean; up to ${greatest} can be whitened`,
    );
  const isConstant = (far: number, j: number) => far <= Math.max(smallest, 4 * Number.EPSILON * largest[j]!);
  const squares = new Float64Array(columns);
  for (let i = 0; i < values.length; i += columns)
    for (let j = 0; j < columns; ++j) squares[j]! += ((values[i + j]! - mean[j]!) / furthest[j]!) ** 2;
  return furthest.map((far, j) => (isConstant(far, j) ? 0 : far * Math.sqrt(squares[j]! / count)));
}
