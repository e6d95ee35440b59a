import { concatenated } from '../concatenated.js';
import { type Assessment, predictedBy } from './assess.js';
import type { FitContext } from './fit_candidate.js';
import type { Parts } from './folds.js';
import { fitMean } from './mean_network.js';
import type { Predicted } from './scores.js';
import { fittedPipeline, type Setting } from './setting.js';

/** Tables with fewer rows get intervals by these predictions. In larger ones, single networks differ little from their mean. */
const fewestOfSingle = 1000;

/** The number of networks whose mean predicts held-out rows. */
const members = 3;

/** The number of networks to train for these predictions; 0 for a larger table. */
export const meansIn = ({ table }: Setting, divisions: number): number =>
  table.rows < fewestOfSingle ? divisions * members : 0;

/**
 * Predictions for the held-out rows of each division by models that are more like the final one than those that were scored: means
 * of several networks, trained on all other rows for as many epochs as the division took.
 *
 * @param contextOf The context of a fit, by its number.
 */
export async function predictedByMeans(
  setting: Setting,
  divisions: readonly Parts[],
  assessments: readonly Assessment[],
  contextOf: (fit: number) => FitContext,
): Promise<Predicted[]> {
  const list: Predicted[] = [];
  for (const [i, { held, fits, predicted }] of assessments.entries()) {
    const { training, stopping } = divisions[i]!;
    const rows = setting.table.select(concatenated(Uint32Array, [training, stopping]).sort());
    const pipeline = await fittedPipeline(setting, 'network', rows);
    using data = pipeline.dataset(rows);
    const { epochs } = fits.network;
    const fit = await fitMean(setting, 'network', { pipeline, data }, { members, epochs }, (member) =>
      contextOf(i * members + member),
    );
    const { predictions } = predictedBy({ pipeline, ...fit }, held, predicted.network.truths);
    list.push({ ...predicted.network, predictions });
  }
  return list;
}
