import { EigenvalueDecomposition, Matrix } from '../numbers/matrices.js';
import type { Random } from '../numbers/random.js';
import { Lanczos, type Operator } from './lanczos.js';

/** Largest dimension for which the whole matrix is formed. Its eigenvalues take some tenths of a second. */
export const mostWhole = 256;

export interface SpectrumOptions {
  readonly top: number;
  readonly bottom: number;
  readonly maxProducts: number;
  /** Error allowed in the wanted eigenvalues, relative to the one of largest modulus. */
  readonly tolerance: number;
}

/** Eigenvalues of a symmetric matrix, exact or estimated. */
export interface Spectrum {
  /** Whether these are all eigenvalues. If not, they are Ritz values, which are accurate at the ends. */
  readonly isWhole: boolean;
  /** Ascending. */
  readonly values: readonly number[];
  /** Bound of each value's distance from an eigenvalue. */
  readonly errors: readonly number[];
  /** Whether the wanted eigenvalues are within the tolerance. */
  readonly converged: boolean;
  readonly products: number;
}

/** The result if no eigenvalues are wanted. */
export const noSpectrum: Spectrum = { isWhole: false, values: [], errors: [], converged: true, products: 0 };

/** The largest modulus in an ascending list. */
export const largestModulus = (values: readonly number[]): number =>
  values.length === 0 ? 0 : Math.max(Math.abs(values[0]!), Math.abs(values.at(-1)!));

/** All eigenvalues of a small matrix, or those at the ends by the Lanczos process. */
export function spectrumOf(operator: Operator, options: SpectrumOptions, random: Random): Spectrum {
  const { top, bottom, maxProducts } = options;
  if (operator.dimension <= Math.min(mostWhole, maxProducts)) return wholeSpectrum(operator);
  return top + bottom > 0 ? endsOfSpectrum(operator, options, random) : noSpectrum;
}

function wholeSpectrum(operator: Operator): Spectrum {
  const { dimension } = operator;
  const rows = Array.from({ length: dimension }, (_, i) => {
    const unit = new Float64Array(dimension);
    unit[i] = 1;
    return operator.product(unit);
  });
  const matrix = new Matrix(rows);
  const symmetric = matrix.add(matrix.transpose()).mul(0.5);
  const { realEigenvalues: values } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  const error = dimension * Number.EPSILON * largestModulus(values);
  return { isWhole: true, values, errors: values.map(() => error), converged: true, products: dimension };
}

function endsOfSpectrum(operator: Operator, options: SpectrumOptions, random: Random): Spectrum {
  const { top, bottom, maxProducts, tolerance } = options;
  const width = Math.max(top, bottom);
  const lanczos = new Lanczos(operator, width, random);
  for (;;) {
    // Ritz values take size³ operations, so they are computed at growing intervals.
    const next = Math.min(maxProducts, lanczos.size + Math.max(2 * width, Math.ceil(lanczos.size / 4)));
    while (lanczos.size < next && !lanczos.isComplete) lanczos.grow();
    const { values, errors } = lanczos.ritzValues();
    const allowed = tolerance * largestModulus(values);
    const wanted = [...errors.slice(0, bottom), ...errors.slice(values.length - top)];
    const converged = wanted.every((error) => error <= allowed);
    const areFinite = values.every(Number.isFinite); // else more products would only be NaN as well
    if (converged || !areFinite || lanczos.isComplete || lanczos.size === maxProducts)
      return { isWhole: lanczos.isComplete, values, errors, converged, products: lanczos.size };
  }
}
