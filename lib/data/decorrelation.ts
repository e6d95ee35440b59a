import { EigenvalueDecomposition, Matrix, SingularValueDecomposition } from 'ml-matrix';
import { errorWith } from '../errors.js';
import { LinearMap } from './linear_map.js';
import type { Rows } from './rows.js';

/**
 * What makes the rows x of a table, less a mean, uncorrelated, each component of variance 1: their second moments are
 * Σ = E[xxᵀ] = U·S²·Uᵀ.
 */
export interface Decorrelation {
  /** U, in columns: the principal directions above rounding. */
  readonly directions: Matrix;
  /** S: the standard deviations along them, descending. */
  readonly deviations: readonly number[];
  /** S⁻¹Uᵀ. */
  readonly whitener: Matrix;
  /** US. */
  readonly colourer: Matrix;
  /** κ of the correlations, those directions aside that are rounding. */
  readonly condition: number;
  readonly constantColumns: readonly number[];
}

/** The condition number from which on eigenvalues are too inexact to whiten with. */
const inexact = 100;

/**
 * Columns are first brought to variance 1, and their correlations R = C·Cᵀ decomposed: P = C⁺ whitens, to about ε · κ(R). Where that
 * matters, P is corrected by what it makes of the rows, which is nearly white (as in Cholesky QR done twice: Yamamoto, Nakatsukasa,
 * Yanagisawa & Fukaya 2015). With D for the scales of the columns, DC = U·S·Vᵀ is a factor of Σ, and VᵀP·D⁻¹ = S⁻¹Uᵀ whitens as
 * well as P does, however far apart the scales are.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` where all columns are constant.
 */
export function decorrelate(rows: Rows, mean: Float64Array): Decorrelation {
  const { columns, count } = rows;
  const scales = scalesOf(rows, mean);
  const constantColumns = [...scales.keys()].filter((j) => scales[j] === 0);
  if (constantColumns.length === columns)
    throw errorWith('ERR_OUT_OF_RANGE', `inputs has nothing to whiten: its ${count} rows are all the same`);
  const standardise = (row: number, into: Float64Array) => {
    for (let j = 0; j < columns; ++j)
      into[j] = scales[j] === 0 ? 0 : (rows.values[row * columns + j]! - mean[j]!) / scales[j]!;
  };
  const correlations = symmetricEigen(secondMoments(count, columns, standardise));
  const rounding = Math.max(count, columns) * Number.EPSILON * correlations.values.at(-1)!;
  const first = correlations.values.findIndex((value) => value > rounding);
  const kept = correlations.values.slice(first);
  const vectors = correlations.vectors.subMatrix(0, columns - 1, first, columns - 1);
  const roots = Matrix.diag(kept.map(Math.sqrt));
  let factor = vectors.mmul(roots);
  let whitener = Matrix.diag(kept.map((value) => 1 / Math.sqrt(value))).mmul(vectors.transpose());
  const condition = kept.at(-1)! / kept[0]!;
  if (condition > inexact) {
    const map = new LinearMap(whitener);
    const standard = new Float64Array(columns);
    const nearlyWhite = symmetricEigen(
      secondMoments(count, kept.length, (row, into) => {
        standardise(row, standard);
        map.apply(standard, into);
      }),
    );
    factor = factor.mmul(power(nearlyWhite, 0.5));
    whitener = power(nearlyWhite, -0.5).mmul(whitener);
  }
  const svd = new SingularValueDecomposition(factor.clone().mulColumnVector(scales));
  const [directions, rotation] = positive(svd.leftSingularVectors, svd.rightSingularVectors);
  const inverseScales = scales.map((scale) => (scale === 0 ? 0 : 1 / scale));
  return {
    directions,
    deviations: svd.diagonal,
    whitener: rotation.transpose().mmul(whitener).mulRowVector(inverseScales),
    colourer: factor.mmul(rotation).mulColumnVector(scales),
    condition,
    constantColumns,
  };
}

interface SymmetricEigen {
  /** Ascending. */
  readonly values: number[];
  /** In columns. */
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

/** Of two vectors that only their product determines: such that the largest element of the left one is positive. */
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

/** The root mean squares of columns less their means; 0 where they are no more than what rounding leaves of a constant. */
function scalesOf({ values, count, columns }: Rows, mean: Float64Array): Float64Array {
  const largest = new Float64Array(columns);
  const furthest = new Float64Array(columns);
  for (let i = 0; i < values.length; i += columns)
    for (let j = 0; j < columns; ++j) {
      largest[j] = Math.max(largest[j]!, Math.abs(values[i + j]!));
      furthest[j] = Math.max(furthest[j]!, Math.abs(values[i + j]! - mean[j]!));
    }
  const squares = new Float64Array(columns);
  for (let i = 0; i < values.length; i += columns)
    for (let j = 0; j < columns; ++j) squares[j]! += ((values[i + j]! - mean[j]!) / furthest[j]!) ** 2;
  return furthest.map((far, j) => (far > 4 * Number.EPSILON * largest[j]! ? far * Math.sqrt(squares[j]! / count) : 0));
}

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
