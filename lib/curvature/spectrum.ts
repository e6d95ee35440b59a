import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Random } from '../numbers/random.js';
import { Lanczos, type Operator } from './lanczos.js';

/** The largest matrix that is made whole: its eigenvalues take some tenths of a second. */
export const mostWhole = 256;

export interface SpectrumOptions {
  readonly top: number;
  readonly bottom: number;
  readonly maxProducts: number;
  /** How far a wanted eigenvalue may be off, in terms of the one of largest modulus. */
  readonly tolerance: number;
}

/** What is known of the eigenvalues of a symmetric matrix. */
export interface Spectrum {
  /** Whether these are all eigenvalues; else they are Ritz values, good at the ends. */
  readonly isWhole: boolean;
  /** Ascending. */
  readonly values: readonly number[];
  /** How far each may be from an eigenvalue. */
  readonly errors: readonly number[];
  /** Whether those wanted are within the tolerance. */
  readonly converged: boolean;
  readonly products: number;
}

/** Of a spectrum that nobody asks for. */
export const noSpectrum: Spectrum = { isWhole: false, values: [], errors: [], converged: true, products: 0 };

/** The largest modulus of some eigenvalues in ascending order. */
export const largestModulus = (values: readonly number[]): number =>
  values.length === 0 ? 0 : Math.max(Math.abs(values[0]!), Math.abs(values.at(-1)!));

/** All eigenvalues of a small matrix; of a larger one those at its ends, by the Lanczos process. */
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
    // A look at the values takes size³ operations: they come further and further apart.
    const next = Math.min(maxProducts, lanczos.size + Math.max(2 * width, Math.ceil(lanczos.size / 4)));
    while (lanczos.size < next && !lanczos.isComplete) lanczos.grow();
    const { values, errors } = lanczos.ritzValues();
    const allowed = tolerance * largestModulus(values);
    const wanted = [...errors.slice(0, bottom), ...errors.slice(values.length - top)];
    const converged = wanted.every((error) => error <= allowed);
    if (converged || lanczos.isComplete || lanczos.size === maxProducts)
      return { isWhole: lanczos.isComplete, values, errors, converged, products: lanczos.size };
  }
}
