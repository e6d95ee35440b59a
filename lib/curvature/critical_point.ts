import { largestModulus, type Spectrum } from './spectrum.js';

/** What a point is where the gradient vanishes, by the signs of the Hessian's eigenvalues. */
export interface CriticalPoint {
  /**
   * - `'none'`: the gradient isn't small, so that it is no critical point
   * - `'minimum'`, `'maximum'`: all eigenvalues are positive, or negative
   * - `'saddle'`: there are eigenvalues of both signs
   * - `'degenerate'`: all signs that there are agree, but some eigenvalues are 0: the second order does not tell
   * - `'undecided'`: the ends of the spectrum were not found to within the tolerance, and what was found shows no saddle
   */
  readonly kind: 'none' | 'minimum' | 'maximum' | 'saddle' | 'degenerate' | 'undecided';
  /** ‖g‖. */
  readonly gradientNorm: number;
  /** Eigenvalues below zero: how many there are, or, where the Hessian wasn't made whole, how many there are at least. */
  readonly negativeDirections: number;
  /** Eigenvalues that count as zero, where the Hessian was made whole. */
  readonly flatDirections?: number;
}

export interface CriticalPointTolerances {
  /** Up to which ‖g‖ a point is critical. */
  readonly gradientTolerance: number;
  /** Up to which modulus an eigenvalue counts as zero, in terms of the largest modulus. */
  readonly flatTolerance: number;
}

export function classify(
  gradientNorm: number,
  spectrum: Spectrum,
  { gradientTolerance, flatTolerance }: CriticalPointTolerances,
): CriticalPoint {
  const { values, isWhole, converged } = spectrum;
  const flat = flatTolerance * largestModulus(values);
  // By Cauchy's interlacing no more Ritz values than eigenvalues lie below a number, however far they are from them.
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
