import type { FloatType } from '../addon/index.js';
import { isObject } from '../checks/kinds.js';
import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative } from '../checks/ranges.js';
import type { Dataset } from '../data/dataset.js';
import type { Objective, Problem } from '../minimize/problem.js';
import type { DerivativeOptions } from '../models/model.js';
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
  /** η, for `ratio`, `predictedLoss` and `warning`. */
  learningRate?: number | undefined;
  /** How many of the largest eigenvalues are wanted. Default 1. */
  top?: number | undefined;
  /** How many of the smallest. Default 1. */
  bottom?: number | undefined;
  /** Whether, or how, the density of the eigenvalues is estimated. Default false. */
  density?: boolean | DensityOptions | undefined;
  /** The most Hessian-vector products that eigenvalues at the ends may take. As many vectors are kept. Default 256. */
  maxProducts?: number | undefined;
  /**
   * How far a wanted eigenvalue may be from one of the Hessian, in terms of the one of largest modulus, where the Hessian isn't made
   * whole. Default 1e-6; 1e-4 for float32.
   */
  tolerance?: number | undefined;
  /** The largest ‖g‖ of a critical point. Default 1e-6; 1e-4 for float32. */
  gradientTolerance?: number | undefined;
  /** The largest modulus of an eigenvalue that counts as zero, in terms of the largest of all. Default 1e-6; 1e-4 for float32. */
  flatTolerance?: number | undefined;
  /** Seed of random vectors, and of dropout where `training` is true. Default 0. */
  seed?: number | undefined;
}

export interface CurvatureOptions extends PointCurvatureOptions {
  loss: DerivativeOptions['loss'];
  training?: DerivativeOptions['training'];
}

/** The loss around a point, to second order: g is the gradient there, H the Hessian. */
export interface CurvatureReport
  extends AlongGradient,
    Pick<IllConditioning, 'bestStep' | 'warning'>,
    Partial<Pick<IllConditioning, 'ratio' | 'predictedLoss'>> {
  /** How many parameters there are; batchNorm's statistics don't count. */
  readonly dimension: number;
  /** η, where it was given; so are `ratio` and `predictedLoss` then. */
  readonly learningRate?: number;
  /** The largest eigenvalues, descending. */
  readonly top: readonly number[];
  /** The smallest, ascending. */
  readonly bottom: readonly number[];
  /** How far each of them may be from an eigenvalue, the rounding of products aside. */
  readonly errors: { readonly top: readonly number[]; readonly bottom: readonly number[] };
  /** Whether they are within the tolerance. */
  readonly converged: boolean;
  /** Hessian-vector products that they took. */
  readonly products: number;
  /** All eigenvalues, ascending, where the Hessian was made whole. */
  readonly eigenvalues?: readonly number[];
  /** λmax / λmin where λmin > 0, else Infinity; where both ends are wanted, and were found. */
  readonly conditionNumber?: number;
  readonly density?: SpectralDensity;
  /** Where both ends are wanted. */
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
 * By Taylor's expansion R(θ − ηg) ≈ R − η‖g‖² + (η²/2)·gᵀHg. Curvature spoils a gradient step where the `ratio` of the last two terms,
 * (η/2)·gᵀHg : ‖g‖², is 1 or more; η* = gᵀg / gᵀHg is the best step.
 *
 * Up to 256 parameters the Hessian is made whole, column by column, and all its eigenvalues are found, to about dimension · ε of the
 * largest. Beyond that, those at the ends are found by the Lanczos process: each is within its `errors` of an eigenvalue, and one that is
 * there several times is found as often. (That it is the outermost one is as good as certain, by a random start, but not proven.) Its
 * vectors are in float64 whatever the type of the network, and all kept: `products` times dimension numbers. Hessian-vector products are
 * exact, in the type of the network.
 *
 * @example
 * const { ratio, warning, top } = curvature(model, data, { loss: 'crossEntropy', learningRate: 0.1, top: 5 });
 *
 * @throws TypeError, RangeError for options, data or a point that do not fit; GlissadeError `ERR_NON_FINITE` where the loss, the gradient
 *   or a product is not finite, `ERR_BUSY` while the model is being trained.
 * @see Goodfellow, Bengio & Courville 2016, Deep Learning, 8.2, https://www.deeplearningbook.org; Golub & Van Loan 2013, Matrix
 *   Computations, 10.1
 */
export function curvature(model: Network, data: Dataset, options: CurvatureOptions): CurvatureReport;
/**
 * The curvature of an objective, or of a problem, at a point; in float64, whatever the type of the point.
 *
 * Where there is no `hessianVectorProduct`, central differences of the gradient stand in for it, with steps of 6e-6 · max(1, ‖θ‖). Their
 * error is about 1e-10 where third derivatives are of the size of 1, so eigenvalues below that mean nothing.
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
    checkOptions('curvature', options, pointOptions);
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
