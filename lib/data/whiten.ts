import type { FloatArray } from '../addon/index.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { Matrix } from '../numbers/matrices.js';
import { floats } from '../numbers/memory.js';
import { type Decorrelation, decorrelate } from './decorrelation.js';
import { LinearMap } from './linear_map.js';
import { type Rows, rowsOf } from './rows.js';
import { checkIdentity, secondMoments } from './second_moments.js';
import type { Values } from './table.js';

export interface WhitenOptions {
  /** Numbers per row. Required unless the inputs are an array of rows. */
  columns?: number | undefined;
  /**
   * The kind of whitening. Kinds differ by a rotation of the outputs. Default `'zca'`.
   *
   * - `'zca'`: W = Σ^−½, symmetric; of all whitenings its outputs are closest to the inputs
   * - `'pca'`: W = Λ^−½Uᵀ, the principal components by descending variance
   */
  method?: 'zca' | 'pca' | undefined;
  /** Whether the mean is subtracted. If not, E[xxᵀ] is whitened in place of Σ. Default true. */
  center?: boolean | undefined;
  /**
   * ε, added to the variances of all components, so that small ones are not amplified. E[zzᵀ] is then below I. Default
   * 0.
   */
  epsilon?: number | undefined;
  /** Number of principal components to keep, with `'pca'`. Default: the rank. */
  components?: number | undefined;
}

/** A map z = W(x − mean) whose outputs are uncorrelated and have variance 1 (below 1 with `epsilon` > 0). */
export interface Whitening {
  readonly method: 'zca' | 'pca';
  /** Number of inputs per row. */
  readonly columns: number;
  /** Number of outputs per row. */
  readonly components: number;
  /** The mean that is subtracted; zeros with `center: false`. */
  readonly mean: Float64Array;
  /** W, row-major, of shape [components, columns]. */
  readonly matrix: { readonly data: Float64Array; readonly shape: readonly [number, number] };
  /** Eigenvalues of Σ above rounding, descending: the variances of the principal components. */
  readonly eigenvalues: Float64Array;
  /**
   * The outputs for inputs, row after row, in float32 for inputs in float32 or bfloat16, else in float64.
   *
   * @throws TypeError, RangeError, GlissadeError for inputs that don't fit or are not finite.
   */
  apply(inputs: Values): FloatArray;
  /**
   * The inputs for outputs, row after row: x = W⁺z + mean. Components that were left out contribute nothing. The
   * result's type and the errors are as for `apply`.
   */
  invert(outputs: Values): FloatArray;
}

/**
 * Finds a map z = W(x − mean) that whitens inputs: E[zzᵀ] = I. Expectations are means over the given rows, and
 * Σ = E[(x − mean)(x − mean)ᵀ], divided by their number.
 *
 * If `epsilon` is 0, E[zzᵀ] = I is checked over these rows. It is accurate to within 8 · (columns + √rows) · 2⁻⁵² · √κ
 * in each element, where κ is the condition number of the correlations (of Σ itself if columns depend on each other),
 * so the units of columns don't matter. Directions with less than 4 · max(rows, columns) · 2⁻⁵² of the largest variance
 * count as rounding.
 *
 * Takes about 3 · rows · columns² + 50 · columns³ operations on the calling thread: some ten seconds for a million rows
 * of 64 columns, half a minute for 10,000 rows of 784.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` with `'zca'` and `epsilon: 0` if the rank of the inputs is below the number of
 *   columns; if all columns are constant; for more `components` than the rank; for numbers beyond 1e150; and if E[zzᵀ]
 *   differs from I by more. RangeError `ERR_SHAPE`, TypeError `ERR_INVALID_ARGUMENT` for inputs or options that don't
 *   fit; GlissadeError `ERR_NON_FINITE`, `ERR_DETACHED`.
 * @see Kessy, Lewin & Strimmer 2018, Optimal whitening and decorrelation, https://arxiv.org/abs/1512.00809
 */
export function whiten(inputs: Values, options: WhitenOptions = {}): Whitening {
  checkOptions('whiten', options, ['columns', 'method', 'center', 'epsilon', 'components']);
  const method = checkOneOf('method', orDefault(options.method, 'zca'), ['zca', 'pca']);
  const center = checkBoolean('center', orDefault(options.center, true));
  const epsilon = checkNumber('epsilon', orDefault(options.epsilon, 0), nonNegative);
  if (options.components !== undefined && method !== 'pca')
    throw errorWith('ERR_INVALID_ARGUMENT', "whiten: components is for method: 'pca'; 'zca' keeps all columns");
  const rows = rowsOf('inputs', inputs, options.columns, 'columns');
  const { columns } = rows;
  const mean = center ? meanOf(rows) : new Float64Array(columns);
  const found = decorrelate(rows, mean);
  const { forward, backward } =
    method === 'zca' ? zca(found, epsilon) : pca(found, epsilon, componentsOf(found, options.components));
  if (epsilon === 0) checkIdentity(momentsOf(rows, mean, forward), found.tolerance);
  const components = forward.outputs;
  const origin = new Float64Array(components);
  const whitening: Whitening = {
    method,
    columns,
    components,
    mean,
    matrix: Object.freeze({ data: forward.data, shape: Object.freeze([components, columns] as const) }),
    eigenvalues: Float64Array.from(found.deviations, (deviation) => deviation ** 2),
    apply: (given) => mapped(rowsOf('inputs', given, columns, "the whitening's columns"), mean, forward, origin),
    invert: (given) =>
      mapped(rowsOf('outputs', given, components, "the whitening's components"), origin, backward, mean),
  };
  return Object.freeze(whitening);
}

/** W and its pseudo-inverse W⁺. */
interface Maps {
  readonly forward: LinearMap;
  readonly backward: LinearMap;
}

/** Standard deviation of the outputs along each principal direction: 1, or less because of ε, S(S² + ε)^−½. */
const shrinkages = ({ deviations }: Decorrelation, epsilon: number): number[] =>
  deviations.map((deviation) => (epsilon === 0 ? 1 : deviation / Math.sqrt(deviation ** 2 + epsilon)));

function pca(found: Decorrelation, epsilon: number, components: number): Maps {
  const shrinkage = shrinkages(found, epsilon);
  const forward = found.whitener.clone().mulColumnVector(shrinkage);
  const backward = found.colourer.clone().divRowVector(shrinkage);
  return {
    forward: new LinearMap(forward.subMatrix(0, components - 1, 0, forward.columns - 1)),
    backward: new LinearMap(backward.subMatrix(0, backward.rows - 1, 0, components - 1)),
  };
}

/** W = U(S² + ε)^−½Uᵀ, plus ε^−½ times the projection on the complement of U if U has fewer columns than rows. */
function zca(found: Decorrelation, epsilon: number): Maps {
  const { directions, whitener, colourer } = found;
  const [columns, rank] = [directions.rows, directions.columns];
  const shrinkage = shrinkages(found, epsilon);
  const forward = directions.mmul(whitener.clone().mulColumnVector(shrinkage));
  const backward = colourer.clone().divRowVector(shrinkage).mmul(directions.transpose());
  if (rank < columns) {
    if (epsilon === 0) throw deficient(found);
    const rest = Matrix.eye(columns).sub(directions.mmul(directions.transpose()));
    forward.add(rest.clone().div(Math.sqrt(epsilon)));
    backward.add(rest.mul(Math.sqrt(epsilon)));
  }
  return { forward: new LinearMap(forward), backward: new LinearMap(backward) };
}

function componentsOf({ deviations: { length: rank } }: Decorrelation, given: number | undefined): number {
  const components = checkInteger('components', orDefault(given, rank), 1);
  if (components > rank)
    throw errorWith('ERR_OUT_OF_RANGE', `components is ${components}, but the rank of inputs is ${rank}`);
  return components;
}

function deficient({ directions: { rows: columns, columns: rank }, constantColumns }: Decorrelation): Error {
  const constant = constantColumns.length > 0 ? ` (constant: ${constantColumns.slice(0, 5).join(', ')})` : '';
  return errorWith(
    'ERR_OUT_OF_RANGE',
    `whiten: inputs has ${columns} columns${constant}, but its rank is only ${rank}, which 'zca' can't whiten. ` +
      `Use method: 'pca', which keeps ${rank} components, or an epsilon > 0`,
  );
}

/** Means of columns in two passes; the second corrects the rounding of the first. */
function meanOf({ values, count, columns }: Rows): Float64Array {
  const mean = new Float64Array(columns);
  for (let pass = 0; pass < 2; ++pass) {
    const rest = new Float64Array(columns);
    for (let i = 0; i < values.length; i += columns)
      for (let j = 0; j < columns; ++j) rest[j]! += (values[i + j]! - mean[j]!) / count;
    for (let j = 0; j < columns; ++j) mean[j]! += rest[j]!;
  }
  return mean;
}

/** into ← row − origin. */
function centre({ values, columns }: Rows, row: number, origin: Float64Array, into: Float64Array): void {
  for (let j = 0; j < columns; ++j) into[j] = values[row * columns + j]! - origin[j]!;
}

/** map · (row − from) + to, for each row. */
function mapped(rows: Rows, from: Float64Array, map: LinearMap, to: Float64Array): FloatArray {
  const outputs = floats(rows.type, rows.count * map.outputs);
  const [centred, output] = [new Float64Array(map.inputs), new Float64Array(map.outputs)];
  for (let row = 0, place = 0; row < rows.count; ++row) {
    centre(rows, row, from, centred);
    map.apply(centred, output);
    for (let i = 0; i < map.outputs; ++i) outputs[place++] = output[i]! + to[i]!;
  }
  return outputs;
}

/** E[zzᵀ] of the outputs z of a map. */
function momentsOf(rows: Rows, mean: Float64Array, map: LinearMap): Matrix {
  const centred = new Float64Array(rows.columns);
  return secondMoments(rows.count, map.outputs, (row, into) => {
    centre(rows, row, mean, centred);
    map.apply(centred, into);
  });
}
