import { isArray } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { orDefault } from '../checks/options.js';
import { checkNumber, type Range } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { defineLoss } from './loss.js';

export interface QuantileOptions {
  /**
   * q, in (0, 1). Default 0.5, which gives half of the absolute error. Several in ascending order are one output each, of the
   * same target.
   */
  quantile?: number | readonly number[] | undefined;
}

const inside: Range = { expected: 'a number in (0, 1)', allows: (x) => x > 0 && x < 1 };

/**
 * Quantile (pinball) loss, summed over the outputs z of a row. The best output is the quantile q of the targets.
 *
 *     ℓ = Σⱼ q(tⱼ − zⱼ) where zⱼ < tⱼ, else (1 − q)(zⱼ − tⱼ)
 *
 * Of several quantiles q₁ < … < q_K, it is the mean over K outputs of a row with one target t. Outputs that were learnt may
 * cross; to sort them is never worse (Chernozhukov, Fernández-Val & Galichon 2010, https://doi.org/10.3982/ECTA7880).
 *
 *     ℓ = ¹⁄ₖ Σⱼ qⱼ(t − zⱼ) where zⱼ < t, else (1 − qⱼ)(zⱼ − t)
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` for a q outside (0, 1), or for several that don't ascend.
 * @see Koenker & Bassett 1978, https://doi.org/10.2307/1913643
 */
export const quantile = defineLoss<QuantileOptions>({
  name: 'quantile',
  options: ['quantile'],
  check: ({ quantile }) => ({
    quantile: isArray(quantile)
      ? checkLevels('quantile', quantile)
      : checkNumber('quantile', orDefault(quantile, 0.5), inside),
  }),
});

/** @throws TypeError, RangeError unless they are levels of quantiles in ascending order. */
export function checkLevels(name: string, given: unknown): readonly number[] {
  const levels = checkArray(name, given, 'an array of numbers', (level, i) =>
    checkNumber(`${name}[${i}]`, level, inside),
  );
  if (levels.length === 0) throw errorWith('ERR_SHAPE', `${name} is empty`);
  if (levels.some((level, i) => i > 0 && !(level > levels[i - 1]!)))
    throw errorWith('ERR_OUT_OF_RANGE', `${name}: ${levels.join(', ')} don't ascend`);
  return Object.freeze(levels);
}
