import { addon } from '../addon/index.js';
import { type CheckedOptions, type Checks, checkedOptions, numberIn } from '../checks/checked_options.js';
import { checkBoolean } from '../checks/options.js';
import { nonNegative } from '../checks/ranges.js';
import { Dataset } from '../data/dataset.js';
import { errorWith } from '../errors.js';
import type { Network } from '../training/network.js';
import { Design, type LinearCoefficients } from './design.js';
import { checkData, linearNetwork } from './linear_network.js';

export interface LeastSquaresOptions {
  /** λ of the ridge penalty λ‖b‖², ≥ 0, as `alpha` of scikit-learn's Ridge. The intercept has no penalty. Default 0. */
  readonly penalty?: number | undefined;
  /** Whether the model has an intercept. Default true. */
  readonly intercept?: boolean | undefined;
}

/** The result of {@link leastSquares}. */
export interface LeastSquares {
  /** A coefficient for each column of the inputs. */
  readonly coefficients: Float64Array;
  /** 0 without an intercept. */
  readonly intercept: number;
  /** The number of columns that are not sums of multiples of others, after they are centred. With a penalty, all. */
  readonly rank: number;
  /**
   * The largest singular value of the centred columns over the smallest; with a penalty λ, of these with √λ·I below them. An
   * estimate from below, within a few per cent, unless columns are dependent.
   */
  readonly condition: number;
  /** A network of one dense layer in float64 with these coefficients. */
  model(): Network;
}

const checks = { penalty: numberIn(nonNegative), intercept: checkBoolean } satisfies Checks<LeastSquaresOptions>;

/** Designs with more columns have no factor that fits into memory. */
export const mostColumns = 4096;

/**
 * The linear model with the least Σ w(y − x·b − b₀)² + λ‖b‖²: least squares, or ridge regression. It is exact, by a QR
 * decomposition in float64: its error grows with the condition of the columns, not with the square of it. If columns depend on
 * each other and there is no penalty, it is the solution with the smallest ‖b‖. Results do not depend on the number of threads.
 *
 * @param data Inputs of up to 4096 columns of numbers, a target for each row, and weights if there are any.
 * @example
 * const { coefficients, intercept } = await leastSquares(new Dataset({ inputs: [[1], [2], [3]], targets: [2, 4, 7] }));
 * @throws (as a rejection) TypeError, RangeError for options or data that don't fit.
 * @see Demmel, Grigori, Hoemmen & Langou 2012, https://arxiv.org/abs/0808.2664; Demmel & Veselić 1992.
 */
export async function leastSquares(data: Dataset, options: LeastSquaresOptions = {}): Promise<LeastSquares> {
  const { penalty = 0, intercept: hasIntercept = true }: CheckedOptions<typeof checks> = checkedOptions(
    'leastSquares',
    options,
    checks,
  );
  checkData('leastSquares', data);
  const design = new Design(data);
  if (design.columns > mostColumns)
    throw errorWith('ERR_SHAPE', `leastSquares: the inputs have ${design.columns} columns; at most ${mostColumns} fit`);
  const { intercepts, ...solution } = await (await leastSquaresOf(design, hasIntercept)).solve(penalty);
  const intercept = intercepts[0]!;
  const { blocks } = data;
  const model = () => linearNetwork(blocks, solution.coefficients, hasIntercept ? intercepts : undefined);
  return { ...solution, intercept, model };
}

/** The factor of a least-squares problem, which gives the solution for each penalty. */
export interface LeastSquaresProblem {
  /** The sum of the weights of all rows. Only with an intercept. */
  readonly weight: number;
  solve(penalty: number): Promise<LinearCoefficients & { readonly rank: number; readonly condition: number }>;
}

/** One pass over the rows of all ranks. */
export async function leastSquaresOf(design: Design, hasIntercept: boolean): Promise<LeastSquaresProblem> {
  const centre = hasIntercept ? await design.centre() : new Float64Array(design.columns + 1);
  const size = design.columns + (hasIntercept ? 2 : 1);
  const factor = await merged(await design.factors(centre, hasIntercept), size);
  return {
    weight: factor[0]! ** 2,
    async solve(penalty) {
      const { coefficients, means, rank, condition } = await addon.solveFactor(factor, size, hasIntercept, penalty);
      const last = coefficients.length;
      let intercept = centre[last]! + means[last]!;
      for (let j = 0; j < last; ++j) intercept -= coefficients[j]! * (centre[j]! + means[j]!);
      return { coefficients, intercepts: Float64Array.of(hasIntercept ? intercept : 0), rank, condition };
    },
  };
}

/** The factor of the rows of all ranks: that of their factors one below another. */
async function merged(factors: readonly Float64Array[], size: number): Promise<Float64Array> {
  if (factors.length === 1) return factors[0]!;
  const rows = factors.flatMap((factor) =>
    Array.from({ length: size }, (_, i) => factor.subarray(i * size, (i + 1) * size)),
  );
  const inputs = new Float64Array(rows.length * (size - 1));
  for (const [i, row] of rows.entries()) inputs.set(row.subarray(0, size - 1), i * (size - 1));
  const targets = Float64Array.from(rows, (row) => row[size - 1]!);
  using stacked = new Dataset({ inputs, columns: size - 1, targets });
  const [factor] = await new Design(stacked).factors(new Float64Array(size), false);
  return factor!;
}
