import type { FloatType } from '../addon/index.js';
import { isObject } from '../checks/kinds.js';
import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative } from '../checks/ranges.js';
import type { Dataset } from '../data/dataset.js';
import type { Objective, Problem } from '../minimize/problem.js';
import type { DerivativeOptions } from '../models/options.js';
import { Random } from '../numbers/random.js';
import { dot, norm } from '../numbers/vectors.js';
import { type AlongGradient, bestStep, type IllConditioning, illConditioning } from '../training/ill_conditioning.js';
import type { Network } from '../training/network.js';
import { type CriticalPoint, classify } from './critical_point.js';
import type { Local } from './local.js';
import { localOfModel } from './of_model.js';
import { type Differentiable, localOfProblem } from './of_problem.js';
import { checkDensity, type DensityOptions, type SpectralDensity, spectralDensity } from './spectral_density.js';
import { noSpectrum, spectrumOf } from './spectrum.js';

export interface PointCurvatureOptions {
  /** η. Required for `ratio`, `predictedLoss` and `warning`. */
  learningRate?: number | undefined;
  /** Number of largest eigenvalues to find. Default 1. */
  top?: number | undefined;
  /** Number of smallest eigenvalues to find. Default 1. */
  bottom?: number | undefined;
  /** Whether to estimate the density of the eigenvalues, or options for it. Default false. */
  density?: boolean | DensityOptions | undefined;
  /**
   * Largest number of Hessian-vector products for the eigenvalues at the ends. As many vectors are kept. Default 256.
   */
  maxProducts?: number | undefined;
  /**
   * Error allowed in the eigenvalues at the ends, relative to the one of largest modulus, if the Hessian is not formed.
   * Default 1e-6, or 1e-4 for float32.
   */
  tolerance?: number | undefined;
  /** Largest ‖g‖ of a critical point. Default 1e-6, or 1e-4 for float32. */
  gradientTolerance?: number | undefined;
  /**
   * Largest modulus of an eigenvalue that counts as zero, relative to the largest modulus of all. Default 1e-6, or 1e-4
   * for float32.
   */
  flatTolerance?: number | undefined;
  /** Seed of random vectors, and of dropout with `training: true`. Default 0. */
  seed?: number | undefined;
}

export interface CurvatureOptions extends PointCurvatureOptions {
  loss: DerivativeOptions['loss'];
  training?: DerivativeOptions['training'];
}

/** The loss around a point to second order. g is the gradient at the point, H the Hessian. */
export interface CurvatureReport
  extends AlongGradient,
    Pick<IllConditioning, 'bestStep' | 'warning'>,
    Partial<Pick<IllConditioning, 'ratio' | 'predictedLoss'>> {
  /** Number of parameters, without batchNorm's statistics. */
  readonly dimension: number;
  /** η, if it was given. Only then are there `ratio` and `predictedLoss`. */
  readonly learningRate?: number;
  /** The largest eigenvalues, descending. */
  readonly top: readonly number[];
  /** The smallest eigenvalues, ascending. */
  readonly bottom: readonly number[];
  /** Bound of each value's distance from an eigenvalue, apart from the rounding of products. */
  readonly errors: { readonly top: readonly number[]; readonly bottom: readonly number[] };
  /** Whether `top` and `bottom` are within the tolerance. */
  readonly converged: boolean;
  /** Number of Hessian-vector products for the eigenvalues. */
  readonly products: number;
  /** All eigenvalues, ascending, if the Hessian was formed. */
  readonly eigenvalues?: readonly number[];
  /** λmax / λmin, or Infinity if λmin ≤ 0. Only if `top` and `bottom` are not 0, and the values converged. */
  readonly conditionNumber?: number;
  readonly density?: SpectralDensity;
  /** Only if `top` and `bottom` are not 0. */
  readonly criticalPoint?: CriticalPoint;
}

const pointOptions = [
  'learningRate',
  'top',
  'bottom',
  'density',
  'maxProducts',
  'tolerance',
  'gradientTolerance',
  'flatTolerance',
  'seed',
] as const;

/**
 * The curvature of a model's mean loss over a dataset: along its gradient g, and by the eigenvalues of its Hessian H.
 *
 * By Taylor's expansion, R(θ − ηg) ≈ R − η‖g‖² + (η²/2)·gᵀHg. A step of size η does not lower the loss if the `ratio`
 * of the last two terms, (η/2)·gᵀHg / ‖g‖², is 1 or more. η* = gᵀg / gᵀHg is the best step.
 *
 * Up to 256 parameters the Hessian is formed column by column, and all eigenvalues are found, to about dimension · 2⁻⁵²
 * of the largest. Beyond that, the Lanczos process finds those at the ends. Each is within its `errors` of an
 * eigenvalue, and multiple eigenvalues are found as often as they occur. With a random start they are practically
 * certain to be the outermost ones, but this is not proven. The vectors of the process are in float64 and all kept:
 * `products` · `dimension` numbers. Hessian-vector products are exact, in the type of the network.
 *
 * @example
 * const { ratio, warning, top } = curvature(model, data, { loss: 'crossEntropy', learningRate: 0.1, top: 5 });
 *
 * @throws TypeError, RangeError for options, data or a point that don't fit; GlissadeError `ERR_NON_FINITE` if the
 *   loss, the gradient or a product is not finite, `ERR_BUSY` during a run of the model.
 * @see Goodfellow, Bengio & Courville 2016, Deep Learning, 8.2, https://www.deeplearningbook.org; Golub & Van Loan
 *   2013, Matrix Computations, 10.1
 */
export function curvature(model: Network, data: Dataset, options: CurvatureOptions): CurvatureReport;
/**
 * The curvature of an objective, or of a problem, at a point. Arithmetic is in float64, whatever the type of the point.
 *
 * Without `hessianVectorProduct`, central differences of the gradient replace it, with steps of 6e-6 · max(1, ‖θ‖).
 * Their error is about 1e-10 if third derivatives are about 1, so eigenvalues below that have no meaning.
 */
export function curvature(
  problem: Objective | Pick<Problem, 'objective' | 'hessianVectorProduct'>,
  theta: ArrayLike<number>,
  options?: PointCurvatureOptions,
): CurvatureReport;
export function curvature(
  of: Network | Differentiable,
  at: Dataset | ArrayLike<number>,
  options: CurvatureOptions | PointCurvatureOptions = {},
): CurvatureReport {
  if (isDifferentiable(of)) {
    checkOptions('curvature', options as PointCurvatureOptions, pointOptions);
    return reportOn(localOfProblem(of, at as ArrayLike<number>), 'float64', options);
  }
  checkOptions('curvature', options, ['loss', 'training', ...pointOptions]);
  const { loss, training, seed } = options as CurvatureOptions;
  const local = localOfModel(of, at as Dataset, { loss, training, seed: training === true ? seed : undefined });
  return reportOn(local, of.type, options);
}

const isDifferentiable = (of: Network | Differentiable): of is Differentiable =>
  typeof of === 'function' || (isObject(of) && typeof (of as { objective?: unknown }).objective === 'function');

function reportOn(local: Local, type: FloatType, options: PointCurvatureOptions): CurvatureReport {
  const { dimension, loss, gradient } = local;
  const top = checkInteger('top', orDefault(options.top, 1), 0, dimension);
  const bottom = checkInteger('bottom', orDefault(options.bottom, 1), 0, dimension);
  const maxProducts = checkInteger('maxProducts', orDefault(options.maxProducts, 256), Math.max(1, top, bottom));
  const small = (name: 'tolerance' | 'gradientTolerance' | 'flatTolerance') =>
    checkNumber(name, orDefault(options[name], type === 'float64' ? 1e-6 : 1e-4), nonNegative);
  const [tolerance, gradientTolerance, flatTolerance] = [
    small('tolerance'),
    small('gradientTolerance'),
    small('flatTolerance'),
  ];
  const { learningRate, density = false } = options;
  if (learningRate !== undefined) checkNumber('learningRate', learningRate, nonNegative);
  const plan = density === false ? undefined : checkDensity(density === true ? {} : density);
  const random = new Random(checkInteger('seed', orDefault(options.seed, 0), 0));

  const squaredGradientNorm = dot(gradient, gradient);
  const along = { loss, squaredGradientNorm, gradientCurvature: dot(gradient, local.product(gradient)) };
  const spectrum =
    top + bottom > 0 || plan ? spectrumOf(local, { top, bottom, maxProducts, tolerance }, random) : noSpectrum;
  const { values, errors, isWhole, converged, products } = spectrum;
  const ends = <T>(all: readonly T[]) => ({
    top: all.slice(all.length - top).reverse(),
    bottom: all.slice(0, bottom),
  });
  const [least, largest] = [values[0]!, values.at(-1)!];
  return Object.freeze({
    dimension,
    ...along,
    bestStep: bestStep(along),
    ...(learningRate !== undefined && { learningRate, ...illConditioning(along, learningRate) }),
    ...ends(values),
    errors: ends(errors),
    converged,
    products,
    ...(isWhole && { eigenvalues: values }),
    ...(top > 0 &&
      bottom > 0 && {
        ...(converged && { conditionNumber: least > 0 ? largest / least : Infinity }),
        criticalPoint: classify(norm(gradient), spectrum, { gradientTolerance, flatTolerance }),
      }),
    ...(plan && { density: spectralDensity(local, spectrum, plan, random) }),
  });
}
