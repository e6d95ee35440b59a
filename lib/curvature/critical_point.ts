import { largestModulus, type Spectrum } from './spectrum.js';

/** Classification of a point by its gradient, and by the signs of the Hessian's eigenvalues. */
export interface CriticalPoint {
  /**
   * - `'none'`: no critical point, because the gradient is not small
   * - `'minimum'`, `'maximum'`: all eigenvalues are positive, or negative
   * - `'saddle'`: there are eigenvalues of both signs
   * - `'degenerate'`: some eigenvalues are 0, and the others have one sign, so the second order does not decide
   * - `'undecided'`: the ends of the spectrum were not found to within the tolerance, and no saddle shows
   */
  readonly kind: 'none' | 'minimum' | 'maximum' | 'saddle' | 'degenerate' | 'undecided';
  /** ‖g‖. */
  readonly gradientNorm: number;
  /** Number of eigenvalues below zero, or a lower bound of it if the Hessian was not formed. */
  readonly negativeDirections: number;
  /** Number of eigenvalues that count as zero, if the Hessian was formed. */
  readonly flatDirections?: number;
}

export interface CriticalPointTolerances {
  /** Largest ‖g‖ of a critical point. */
  readonly gradientTolerance: number;
  /** Largest modulus of an eigenvalue that counts as zero, relative to the largest modulus of all. */
  readonly flatTolerance: number;
}

export function classify(
  gradientNorm: number,
  spectrum: Spectrum,
  { gradientTolerance, flatTolerance }: CriticalPointTolerances,
): CriticalPoint {
  const { values, isWhole, converged } = spectrum;
  const flat = flatTolerance * largestModulus(values);
  // By Cauchy's interlacing theorem, at most as many Ritz values as eigenvalues lie below a number, however inaccurate
  // they are.
  const negative = values.filter((value) => value < -flat).length;
  const positive = values.filter((value) => value > flat).length;
  const kind = (): CriticalPoint['kind'] => {
    if (gradientNorm > gradientTolerance) return 'none';
    if (negative > 0 && positive > 0) return 'saddle';
    if (!converged) return 'undecided';
    const [least, largest] = [values[0]!, values.at(-1)!];
    return least > flat ? 'minimum' : largest < -flat ? 'maximum' : 'degenerate';
  };
  return Object.freeze({
    kind: kind(),
    gradientNorm,
    negativeDirections: negative,
    ...(isWhole && { flatDirections: values.length - negative - positive }),
  });
}
