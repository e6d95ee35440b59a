import { whiten } from '../../index.js';
import { EigenvalueDecomposition, Matrix } from '../../numbers/matrices.js';
import type { Trial } from '../trial.js';

/** Inputs x, and their images under two kinds of whitening. A row for each example. */
export interface Whitenings {
  /** x, less its mean. */
  readonly centred: Matrix;
  readonly zca: Whitened;
  readonly pca: Whitened;
  /** λᵢ of E[xxᵀ], descending: the variances along the principal axes. */
  readonly variances: readonly number[];
  /** uᵢ, the principal axes, as columns. */
  readonly axes: Matrix;
}

/** z = Wx. */
export interface Whitened {
  /** W. */
  readonly map: Matrix;
  readonly outputs: Matrix;
}

export const onlyStandardized = 'inputs that are only standardised: each column has variance 1';
export const turnedAside = 'whitenings turned by 1°, which are whitenings too';
export const zcaForBoth = 'ZCA in place of PCA';
export const whiteningCounterModels = [onlyStandardized, turnedAside, zcaForBoth];

/** E[abᵀ] over rows. */
export const moment = (a: Matrix, b: Matrix): Matrix => a.transpose().mmul(b).div(a.rows);

/** The identity, with a rotation by an angle in the plane of the first two coordinates. */
export function planeRotation(size: number, angle: number): Matrix {
  const result = Matrix.eye(size);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return result.setSubMatrix(
    [
      [cos, -sin],
      [sin, cos],
    ],
    0,
    0,
  );
}

export function whitenings(table: Matrix, trial: Trial): Whitenings {
  const { columns } = table;
  const centred = table.clone().center('column') as Matrix;
  const covariance = moment(centred, centred);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const descending = Array.from({ length: columns }, (_, i) => columns - 1 - i);
  const turn = planeRotation(columns, trial.instead(turnedAside, 0, Math.PI / 180));
  const standardizing = Matrix.diag(covariance.diagonal().map((variance) => 1 / Math.sqrt(variance)));
  const mapBy = (method: 'zca' | 'pca') => {
    const { data } = whiten(Float64Array.from(table.to1DArray()), { columns, method }).matrix;
    const whitening = turn.mmul(Matrix.from1DArray(columns, columns, data as unknown as number[]));
    return trial.instead(onlyStandardized, whitening, standardizing);
  };
  const by = (method: 'zca' | 'pca'): Whitened => {
    const map = mapBy(method);
    return { map, outputs: centred.mmul(map.transpose()) };
  };
  return {
    centred,
    zca: by('zca'),
    pca: by(trial.instead(zcaForBoth, 'pca', 'zca')),
    variances: descending.map((i) => realEigenvalues[i]!),
    axes: eigenvectorMatrix.subMatrixColumn(descending),
  };
}
