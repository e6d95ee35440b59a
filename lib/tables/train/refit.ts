import { concatenated } from '../concatenated.js';
import type { Table } from '../table.js';
import { type Assessment, type FittedWithPipeline, predictedBy } from './assess.js';
import { type FitContext, fitCandidate } from './fit_candidate.js';
import { fitLinear } from './fit_linear.js';
import type { Parts } from './folds.js';
import type { CandidateKind } from './report.js';
import type { Predicted } from './scores.js';
import { fittedPipeline, isExact, recipeFor, type Setting } from './setting.js';

/** Trains the chosen candidate on all rows, for the mean number of epochs of the divisions, or with their median penalty. */
export async function refit(
  setting: Setting,
  kind: CandidateKind,
  assessments: readonly { readonly fits: Readonly<Record<CandidateKind, FittedWithPipeline>> }[],
  context: FitContext,
): Promise<FittedWithPipeline> {
  const { table } = setting;
  if (isExact(setting, kind)) {
    const pipeline = await fittedPipeline(setting, kind, table);
    const penalties = pipeline.targets.map((_, i) => {
      const ofDivisions = assessments.map(({ fits }) => fits[kind].penalties![i]!).sort((a, b) => a - b);
      return ofDivisions[Math.floor(ofDivisions.length / 2)]!;
    });
    return { pipeline, ...(await fitLinear(pipeline, { training: table }, context, penalties)) };
  }
  const taken = assessments.map(({ fits }) => fits[kind].epochs);
  const epochs = Math.max(1, Math.round(taken.reduce((sum, one) => sum + one, 0) / taken.length));
  return trainedOn(setting, kind, table, epochs, context);
}

/** Trains a candidate on minibatches of some rows, for a number of epochs. */
async function trainedOn(
  setting: Setting,
  kind: CandidateKind,
  rows: Table,
  epochs: number,
  context: FitContext,
): Promise<FittedWithPipeline> {
  const pipeline = await fittedPipeline(setting, kind, rows);
  using data = pipeline.dataset(rows);
  const recipe = { ...recipeFor(setting, kind, pipeline), epochs };
  return { pipeline, ...(await fitCandidate(recipe, data, undefined, context)) };
}

/** In tables with fewer rows, the rows that decide when training ends are missed. */
const fewestWithout = 1000;

/** The number of networks that are trained for intervals in place of those that are scored. */
export const refitsForIntervals = ({ table }: Setting, divisions: number): number =>
  table.rows < fewestWithout ? divisions : 0;

/**
 * Predictions for the held-out rows of each division by networks that are more like the final one than those that were scored:
 * trained on all other rows for as many epochs as the division took.
 *
 * @param contextOf The context of a fit, by its number.
 */
export async function predictedByRefits(
  setting: Setting,
  divisions: readonly Parts[],
  assessments: readonly Assessment[],
  contextOf: (fit: number) => FitContext,
): Promise<Predicted[]> {
  const list: Predicted[] = [];
  for (const [i, { held, fits, predicted }] of assessments.entries()) {
    const { training, stopping } = divisions[i]!;
    const rows = setting.table.select(concatenated(Uint32Array, [training, stopping]).sort());
    const fit = await trainedOn(setting, 'network', rows, fits.network.epochs, contextOf(i));
    const { predictions } = predictedBy(fit, held, predicted.network.truths);
    list.push({ ...predicted.network, predictions });
  }
  return list;
}
