import type { Sampling } from '../sampling.js';
import { pinballLoss } from '../targets/quantiles_head.js';
import { type Estimate, meanOf, shareOf } from './estimates.js';

/**
 * The scores of quantiles: the mean pinball loss over all of them; and for each, its pinball loss and the share of the rows that are
 * at or below it, which should be its level.
 *
 * @param predictions The quantiles of each row, in ascending order.
 */
export function scoresOfQuantiles(
  levels: readonly number[],
  predicted: Sampling & { readonly predictions: Float64Array; readonly truths: Float64Array },
): Readonly<Record<string, Estimate>> {
  const { predictions, truths } = predicted;
  const at = (row: number, i: number) => predictions[row * levels.length + i]!;
  const losses = levels.map((level, i) => truths.map((truth, row) => pinballLoss(level, at(row, i), truth)));
  const means = truths.map((_, row) => losses.reduce((sum, loss) => sum + loss[row]! / levels.length, 0));
  return {
    pinballLoss: meanOf(means, predicted),
    ...Object.fromEntries(levels.map((level, i) => [`pinballLoss ${level}`, meanOf(losses[i]!, predicted)])),
    ...Object.fromEntries(
      levels.map((level, i) => [
        `shareBelow ${level}`,
        shareOf(
          truths.map((truth, row) => (truth <= at(row, i) ? 1 : 0)),
          predicted,
        ),
      ]),
    ),
  };
}
