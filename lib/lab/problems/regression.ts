import { errorWith } from '../../errors.js';
import type { FloatArray, Random } from '../../index.js';
import { EigenvalueDecomposition, Matrix, solve } from '../../numbers/matrices.js';
import type { ConvexProblem } from './quadratic.js';

/** Rows of inputs, and a target for each. */
export interface Examples {
  readonly inputs: FloatArray;
  readonly columns: number;
  readonly targets: ArrayLike<number>;
}

/**
 * Scales columns to mean 0 and variance 1, and appends a column of ones for the bias.
 *
 * @param inputs Row-major, `columns` numbers in each row.
 * @throws RangeError `ERR_OUT_OF_RANGE` if a column is constant or not finite.
 */
export function standardized(inputs: FloatArray, columns: number): { inputs: Float64Array; columns: number } {
  const rows = inputs.length / columns;
  const result = new Float64Array(rows * (columns + 1)).fill(1);
  for (let j = 0; j < columns; ++j) {
    const column = Float64Array.from({ length: rows }, (_, i) => inputs[i * columns + j]!);
    const mean = column.reduce((sum, x) => sum + x, 0) / rows;
    const deviation = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / rows);
    if (!(deviation > 0 && deviation < Infinity))
      throw errorWith(
        'ERR_OUT_OF_RANGE',
        `column ${j} has a standard deviation of ${deviation}: it cannot be scaled to 1`,
      );
    for (let i = 0; i < rows; ++i) result[i * (columns + 1) + j] = (column[i]! - mean) / deviation;
  }
  return { inputs: result, columns: columns + 1 };
}

/** Eigenvalues of E[xxᵀ], ascending. */
function spectrum({ inputs, columns }: Examples): number[] {
  const x = Matrix.from1DArray(inputs.length / columns, columns, inputs as Float64Array);
  const moment = x.transpose().mmul(x).div(x.rows);
  return new EigenvalueDecomposition(moment, { assumeSymmetric: true }).realEigenvalues;
}

const outputOf = ({ inputs, columns }: Examples, theta: FloatArray, row: number) => {
  let sum = 0;
  for (let j = 0; j < columns; ++j) sum += inputs[row * columns + j]! * theta[j]!;
  return sum;
};

/**
 * f = E(y − θᵀx)²: L and μ are twice the largest and the smallest eigenvalue of E[xxᵀ].
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if columns are linearly dependent, so that the minimum is not unique.
 */
export function leastSquares(examples: Examples): ConvexProblem {
  const { inputs, columns, targets } = examples;
  const rows = targets.length;
  const eigenvalues = spectrum(examples);
  if (!(eigenvalues[0]! > 1e-12 * eigenvalues.at(-1)!))
    throw errorWith('ERR_OUT_OF_RANGE', 'least squares: the columns of the inputs depend on each other, to rounding');
  const x = Matrix.from1DArray(rows, columns, inputs as Float64Array);
  const minimum = Float64Array.from(
    solve(x.transpose().mmul(x), x.transpose().mmul(Matrix.columnVector(Array.from(targets)))).to1DArray(),
  );
  const objective = (theta: FloatArray, gradient: FloatArray) => {
    gradient.fill(0);
    let loss = 0;
    for (let i = 0; i < rows; ++i) {
      const error = outputOf(examples, theta, i) - targets[i]!;
      loss += (error * error) / rows;
      for (let j = 0; j < columns; ++j) gradient[j]! += (2 * error * inputs[i * columns + j]!) / rows;
    }
    return loss;
  };
  return {
    name: 'Least squares',
    start: new Float64Array(columns),
    minima: [minimum],
    least: objective(minimum, new Float64Array(columns)),
    smoothness: 2 * eigenvalues.at(-1)!,
    strongConvexity: 2 * eigenvalues[0]!,
    objective,
  };
}

/**
 * f = E log(1 + e^{−yθᵀx}) + ½λ‖θ‖², where targets 0 and 1 stand for y = −1 and 1. `smoothness` is an upper bound of L,
 * λ + ¼ of the largest eigenvalue of E[xxᵀ]; `strongConvexity` is λ. Newton's method finds the minimum, up to rounding.
 */
export function logisticRegression(examples: Examples, decay: number): ConvexProblem {
  const { inputs, columns, targets } = examples;
  const rows = targets.length;
  const objective = (theta: FloatArray, gradient: FloatArray) => {
    let loss = 0;
    for (let j = 0; j < columns; ++j) {
      gradient[j] = decay * theta[j]!;
      loss += (decay * theta[j]! ** 2) / 2;
    }
    for (let i = 0; i < rows; ++i) {
      const sign = targets[i]! > 0 ? 1 : -1;
      const margin = sign * outputOf(examples, theta, i);
      loss += (Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)))) / rows;
      const slope = -sign / (1 + Math.exp(margin)) / rows;
      for (let j = 0; j < columns; ++j) gradient[j]! += slope * inputs[i * columns + j]!;
    }
    return loss;
  };
  const hessianVectorProduct = (theta: FloatArray, vector: FloatArray) => {
    const result = Float64Array.from(vector, (v) => decay * v);
    for (let i = 0; i < rows; ++i) {
      const p = 1 / (1 + Math.exp(-outputOf(examples, theta, i)));
      const along = (p * (1 - p) * outputOf(examples, vector, i)) / rows;
      for (let j = 0; j < columns; ++j) result[j]! += along * inputs[i * columns + j]!;
    }
    return result;
  };
  const minimum = newton(columns, objective, hessianVectorProduct);
  return {
    name: 'Logistic regression',
    start: new Float64Array(columns),
    minima: [minimum],
    least: objective(minimum, new Float64Array(columns)),
    smoothness: spectrum(examples).at(-1)! / 4 + decay,
    strongConvexity: decay,
    objective,
    hessianVectorProduct,
  };
}

/** The minimum of a strongly convex function, by Newton's method from 0. A step that would climb is halved. */
function newton(
  size: number,
  objective: ConvexProblem['objective'] & ((theta: FloatArray, gradient: FloatArray) => number),
  product: (theta: FloatArray, vector: FloatArray) => FloatArray,
): Float64Array {
  let theta = new Float64Array(size);
  const gradient = new Float64Array(size);
  for (let iteration = 0; iteration < 100; ++iteration) {
    const value = objective(theta, gradient);
    const columns = Array.from({ length: size }, (_, j) =>
      Array.from(
        product(
          theta,
          Float64Array.from({ length: size }, (_, i) => Number(i === j)),
        ),
      ),
    );
    const step = solve(new Matrix(columns), Matrix.columnVector(Array.from(gradient))).to1DArray();
    let next = theta;
    for (let share = 1; share > 1e-8; share /= 2) {
      next = theta.map((x, i) => x - share * step[i]!);
      if (objective(next, new Float64Array(size)) <= value) break;
    }
    theta = next;
    if (Math.hypot(...step) < 1e-15 * (1 + Math.hypot(...theta))) break;
  }
  return theta;
}

/** Normal inputs with the standard deviations `scales`, and targets of a random linear model with normal noise. */
export function linearExamples(
  rows: number,
  scales: ArrayLike<number>,
  noise: number,
  random: Random,
): Examples & { truth: Float64Array } {
  const columns = scales.length;
  const truth = random.normals(columns);
  const inputs = Float64Array.from({ length: rows * columns }, (_, i) => scales[i % columns]! * random.normal());
  const examples = { inputs, columns, targets: [] };
  const targets = Float64Array.from({ length: rows }, (_, i) => outputOf(examples, truth, i) + noise * random.normal());
  return { inputs, columns, targets, truth };
}
