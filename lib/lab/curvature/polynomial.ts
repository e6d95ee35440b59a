import { Dataset } from '../../index.js';

/** 4x³ − 3x, the third Chebyshev polynomial, at 20 points from −1 to 1. */
export function polynomial(): Dataset {
  const inputs = Float64Array.from({ length: 20 }, (_, i) => (2 * i) / 19 - 1);
  return new Dataset({ inputs, columns: 1, targets: inputs.map((x) => 4 * x ** 3 - 3 * x) });
}
