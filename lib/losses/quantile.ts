import { orDefault } from '../checks/options.js';
import { checkNumber, type Range } from '../checks/ranges.js';
import { defineLoss } from './loss.js';

export interface QuantileOptions {
  /** q, in (0, 1). Default 0.5, which gives half of the absolute error. */
  quantile?: number | undefined;
}

const inside: Range = { expected: 'a number in (0, 1)', allows: (x) => x > 0 && x < 1 };

/**
 * Quantile (pinball) loss, summed over the outputs z of a row. The best output is the quantile q of the targets.
 *
 *     ℓ = Σⱼ q(tⱼ − zⱼ) where zⱼ < tⱼ, else (1 − q)(zⱼ − tⱼ)
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` for a q outside (0, 1).
 * @see Koenker & Bassett 1978, https://doi.org/10.2307/1913643
 */
export const quantile = defineLoss<QuantileOptions>({
  name: 'quantile',
  options: ['quantile'],
  check: ({ quantile }) => ({ quantile: checkNumber('quantile', orDefault(quantile, 0.5), inside) }),
});
