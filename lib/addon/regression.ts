import type { NativeDataset } from './data.js';

/** A linear model at which a loss is computed. Coefficient of column j and output k: at j · outputs + k. */
export interface NativeLinearModel {
  loss: 'squared' | 'logistic' | 'crossEntropy';
  outputs: number;
  /** With an intercept, it is the last column. */
  hasIntercept: boolean;
  /** Is subtracted from the columns; the last number is that of the target. */
  centre: Float64Array | undefined;
  coefficients: Float64Array;
}

/** The rows of a dataset as columns of numbers in float64. */
export interface NativeDesign {
  rows(): number;
  columns(): number;
  /** The sum of the weights of each class, up to the largest target. Throws unless all targets are classes. */
  classWeights(): Float64Array;
  /** The means of the columns and of the target over some of the rows. */
  centre(): Float64Array;
  /** The triangular factor of √w·[1 | X − c | y − c], row by row. */
  factor(centre: Float64Array, hasIntercept: boolean): Promise<Float64Array>;
  /** Σ w·loss, Σ w, and derivatives of the former. The Hessian's upper triangle is right. */
  likelihood(
    model: NativeLinearModel,
    derivatives: 'gradient' | 'hessian',
  ): Promise<{ loss: number; weight: number; gradient: Float64Array; hessian: Float64Array }>;
}

/** The functions and classes of exact linear models. */
export interface NativeRegression {
  Design: new (data: NativeDataset) => NativeDesign;
  /** The solution of least squares. `means`: of the columns and the target, less the centre. */
  solveFactor(
    factor: Float64Array,
    size: number,
    hasIntercept: boolean,
    penalty: number,
  ): Promise<{ coefficients: Float64Array; means: Float64Array; rank: number; condition: number }>;
  /** Cholesky's factor of a matrix of which the upper triangle is given. Empty if the matrix is not positive definite. */
  definiteFactor(matrix: Float64Array, size: number): Promise<Float64Array>;
}
