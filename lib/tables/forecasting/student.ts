const nodes = 1000;

/** Student's t with more degrees of freedom is all but normal. */
const mostDegrees = 1000;

/**
 * The number that Student's t exceeds with a probability, to about five digits.
 *
 * @param degrees The degrees of freedom, at least 1; need not be whole.
 * @param tail The probability, in (0, ½).
 */
export function studentTail(degrees: number, tail: number): number {
  // With t = √n tan θ, the density of θ is proportional to cosⁿ⁻¹ θ.
  const n = Math.min(degrees, mostDegrees);
  const end = Math.min(Math.PI / 2, 12 / Math.sqrt(n));
  const weights = Array.from({ length: nodes }, (_, i) => Math.cos(((i + 0.5) / nodes) * end) ** (n - 1));
  let rest = (1 - 2 * tail) * weights.reduce((sum, x) => sum + x, 0);
  const node = weights.findIndex((x) => {
    rest -= x;
    return rest <= 0;
  });
  return Math.sqrt(n) * Math.tan(((node + 1 + rest / weights[node]!) / nodes) * end);
}

/** Half the width of the interval for the next of some independent normal numbers, in units of their deviation. */
export const predictionReach = (count: number, tail: number): number =>
  studentTail(Math.max(1, count), tail) * Math.sqrt(1 + 1 / Math.max(1, count));
