import { orDefault } from '../checks/options.js';
import { checkNumber, type Range } from '../checks/ranges.js';
import { defineLoss } from './loss.js';

export interface QuantileOptions {
  /** q, in (0, 1). Default 0.5: half the absolute error. */
  quantile?: number | undefined;
}

const inside: Range = { expected: 'a number in (0, 1)', allows: (x) => x > 0 && x < 1 };

/**
 * The quantile (pinball) loss, summed over the outputs z of a row: least where outputs are the quantile q of what the targets may be.
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
