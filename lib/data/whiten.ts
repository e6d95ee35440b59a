import { Matrix } from 'ml-matrix';
import type { FloatArray } from '../addon/index.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { floats } from '../numbers/memory.js';
import { type Decorrelation, decorrelate } from './decorrelation.js';
import { LinearMap } from './linear_map.js';
import { type Rows, rowsOf } from './rows.js';
import { checkIdentity, secondMoments } from './second_moments.js';
import type { Values } from './table.js';

export interface WhitenOptions {
  /** How many numbers make a row. Needed unless the inputs are an array of rows. */
  columns?: number | undefined;
  /**
   * Which of the whitenings: they differ by rotations. Default `'zca'`.
   *
   * - `'zca'`: Σ^−½, symmetric: its outputs are the nearest to the inputs
   * - `'pca'`: Λ^−½Uᵀ: the principal components, the one of the largest variance first
   */
  method?: 'zca' | 'pca' | undefined;
  /** Whether the mean is taken away first. Without, E[xxᵀ] is whitened as it is. Default true. */
  center?: boolean | undefined;
  /** ε, added to the variances of all components, so that small ones are not blown up; E[zzᵀ] is then below I. Default 0. */
  epsilon?: number | undefined;
  /** How many principal components are kept, under `'pca'`. Default: all above rounding. */
  components?: number | undefined;
}

/** A map z = W(x − mean) whose outputs have no correlations, and variance 1. */
export interface Whitening {
  readonly method: 'zca' | 'pca';
  /** How many numbers make a row of inputs. */
  readonly columns: number;
  /** How many numbers make a row of outputs. */
  readonly components: number;
  /** Zeros without `center`. */
  readonly mean: Float64Array;
  /** W, row-major, of shape [components, columns]. */
  readonly matrix: { readonly data: Float64Array; readonly shape: readonly [number, number] };
  /** Those of Σ that are above rounding, descending: the variances of the principal components. */
  readonly eigenvalues: Float64Array;
  /** The outputs for inputs, row after row; in float32 for inputs in float32 or bfloat16, else in float64. */
  apply(inputs: Values): FloatArray;
  /** The inputs for outputs, likewise: x = W⁺z + mean, with nothing along components that were left out. */
  invert(outputs: Values): FloatArray;
}

/**
 * What whitens inputs: z = W(x − mean) with E[zzᵀ] = I, where expectations are means over the rows given, and
 * Σ = E[(x − mean)(x − mean)ᵀ], divided by their number.
 *
 * The identity is made sure of over these rows: it holds within 8 · (columns + √rows) · ε · √κ in each element, with κ for the
 * condition number of the correlations, so that the units of columns don't matter (of Σ itself, where columns depend on each other).
 * Directions in which there is less than 4 · max(rows, columns) · ε of the largest variance count as rounding.
 *
 * Takes about 3 · rows · columns² + 50 · columns³ operations, on this thread: some ten seconds for a million rows of 64 columns, half a
 * minute for 10,000 rows of 784.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` where the inputs have a lower rank than columns, because some are constant or depend on others
 *   or because there are too few rows: `'pca'` keeps as many components as the rank, `'zca'` needs an `epsilon` > 0. The same where
 *   numbers go beyond 1e150, and where the identity does not hold. RangeError `ERR_SHAPE`, TypeError `ERR_INVALID_ARGUMENT` for inputs
 *   or options that do not fit; GlissadeError `ERR_NON_FINITE`, `ERR_DETACHED`.
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

/** W and W⁺. */
interface Maps {
  readonly forward: LinearMap;
  readonly backward: LinearMap;
}

/** By how much ε makes the outputs of components smaller than white: S(S² + ε)^−½. */
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

/** U(S² + ε)^−½Uᵀ and, where U has fewer columns than rows, ε^−½ along the rest. */
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

/** The means of columns, in two passes: the second one finds what rounding left of the first. */
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

/** into ← a row of inputs less an origin. */
function centre({ values, columns }: Rows, row: number, origin: Float64Array, into: Float64Array): void {
  for (let j = 0; j < columns; ++j) into[j] = values[row * columns + j]! - origin[j]!;
}

/** map · (row − from) + to. */
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

/** E[zzᵀ]. */
function momentsOf(rows: Rows, mean: Float64Array, map: LinearMap): Matrix {
  const centred = new Float64Array(rows.columns);
  return secondMoments(rows.count, map.outputs, (row, into) => {
    centre(rows, row, mean, centred);
    map.apply(centred, into);
  });
}
