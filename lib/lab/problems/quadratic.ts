import { checkNumber, nonNegative } from '../../checks/ranges.js';
import { type FloatArray, type Problem, Random } from '../../index.js';
import { Matrix } from '../../numbers/matrices.js';
import { rotation } from '../rotation.js';
import { dot } from '../vectors.js';

/**
 * A convex problem with known minimum (`minima`), value there (`least`), L (`smoothness`) and μ (`strongConvexity`).
 */
export interface ConvexProblem extends Problem {
  readonly minima: readonly [Float64Array];
  readonly least: number;
  readonly smoothness: number;
  readonly strongConvexity: number;
}

export interface QuadraticOptions {
  /** θ*. Default: 0. */
  minimum?: ArrayLike<number>;
  /** θ(0). Default: θ* + 1 in every coordinate. */
  start?: ArrayLike<number>;
  /** Draws random eigenvectors. Default: the coordinate axes. */
  rotation?: Random;
  shape?: readonly number[];
}

/**
 * f = ½(θ − θ*)ᵀH(θ − θ*), where H has the given eigenvalues, one for each dimension.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if an eigenvalue is negative or not finite.
 */
export function quadratic(eigenvalues: ArrayLike<number>, options: QuadraticOptions = {}): ConvexProblem {
  const size = eigenvalues.length;
  for (let i = 0; i < size; ++i) checkNumber(`eigenvalues[${i}]`, eigenvalues[i], nonNegative);
  const minimum = Float64Array.from(options.minimum ?? new Float64Array(size));
  const product = options.rotation ? rotated(eigenvalues, options.rotation) : scaled(eigenvalues);
  return {
    name: 'Quadratic',
    shape: options.shape,
    start: Float64Array.from(options.start ?? minimum.map((x) => x + 1)),
    minima: [minimum],
    least: 0,
    smoothness: Math.max(...Array.from(eigenvalues)),
    strongConvexity: Math.min(...Array.from(eigenvalues)),
    objective(theta, gradient) {
      const difference = minimum.map((x, i) => theta[i]! - x);
      product(difference, gradient);
      return dot(difference, gradient) / 2;
    },
    hessianVectorProduct(_, vector) {
      const result = new Float64Array(size);
      product(vector, result);
      return result;
    },
  };
}

type Product = (vector: FloatArray, result: FloatArray) => void;

function scaled(eigenvalues: ArrayLike<number>): Product {
  return (vector, result) => {
    for (let i = 0; i < result.length; ++i) result[i] = eigenvalues[i]! * vector[i]!;
  };
}

function rotated(eigenvalues: ArrayLike<number>, random: Random): Product {
  const size = eigenvalues.length;
  const axes = rotation(size, random);
  const hessian = axes.mmul(Matrix.diag(Array.from(eigenvalues))).mmul(axes.transpose());
  const rows = hessian.to2DArray().map((row) => Float64Array.from(row));
  return (vector, result) => {
    for (const [i, row] of rows.entries()) {
      let sum = 0;
      for (let j = 0; j < size; ++j) sum += row[j]! * vector[j]!;
      result[i] = sum;
    }
  };
}

/** Σ(θ − 1)² in 100 dimensions. Its minimum is not 0, since weight decay alone would lead there. */
export const sphere: ConvexProblem = {
  ...quadratic(Array(100).fill(2), {
    minimum: Array(100).fill(1),
    start: Array.from({ length: 100 }, (_, i) => 1 + (i + 1) / 100),
    shape: [10, 10],
  }),
  name: 'Sphere',
};

/** 90 eigenvalues between 0 and 1, and 10 between 30 and 60. */
function deepSpectrum(random: Random): Float64Array {
  return Float64Array.from({ length: 100 }, (_, i) => (i < 90 ? random.uniform() : 30 + 30 * random.uniform()));
}

/**
 * A quadratic of 100 dimensions with random eigenvectors and a spectrum like that of a deep network: `quadratic_deep`
 * of DeepOBS (Schneider, Balles & Hennig 2019, https://arxiv.org/abs/1903.05499) without noise. The minimum is moved
 * away from 0, since weight decay alone would lead there.
 */
export function deepQuadratic(): ConvexProblem & { readonly eigenvalues: Float64Array } {
  const random = new Random(2019);
  const eigenvalues = deepSpectrum(random);
  const minimum = Array(100).fill(1);
  return { ...quadratic(eigenvalues, { minimum, rotation: random, shape: [10, 10] }), eigenvalues };
}

/**
 * The chain f = L/8·(θ₁² + Σ(θᵢ − θᵢ₊₁)² + θₙ² − 2θ₁). No sum of gradients is faster than O(1/t²) on it, for t up to
 * (n − 1)/2 (Nesterov 2004, Introductory Lectures on Convex Optimization, section 2.1.2, with κ = 1, scaled to
 * smoothness L).
 */
export function chain(size: number, smoothness: number): ConvexProblem {
  const scale = smoothness / 4;
  const minimum = Float64Array.from({ length: size }, (_, i) => 1 - (i + 1) / (size + 1));
  const product: Product = (vector, result) => {
    for (let i = 0; i < size; ++i)
      result[i] = scale * (2 * vector[i]! - (i > 0 ? vector[i - 1]! : 0) - (i < size - 1 ? vector[i + 1]! : 0));
  };
  const eigenvalue = (i: number) => 2 * scale * (1 - Math.cos((i * Math.PI) / (size + 1)));
  return {
    name: 'Chain',
    start: new Float64Array(size),
    minima: [minimum],
    least: (-scale / 2) * (1 - 1 / (size + 1)),
    smoothness,
    strongConvexity: eigenvalue(1),
    objective(theta, gradient) {
      product(theta, gradient);
      const value = dot(theta, gradient) / 2 - scale * theta[0]!;
      gradient[0]! -= scale;
      return value;
    },
    hessianVectorProduct(_, vector) {
      const result = new Float64Array(size);
      product(vector, result);
      return result;
    },
  };
}
