import type { FittedWithPipeline } from './assess.js';
import { type FitContext, fitCandidate } from './fit_candidate.js';
import { fitLinear } from './fit_linear.js';
import type { CandidateKind } from './report.js';
import { fittedPipeline, isExact, recipeFor, type Setting } from './setting.js';

/** Trains the chosen candidate on all rows, for the mean number of epochs of the divisions, or with their median penalty. */
export async function refit(
  setting: Setting,
  kind: CandidateKind,
  assessments: readonly { readonly fits: Readonly<Record<CandidateKind, FittedWithPipeline>> }[],
  context: FitContext,
): Promise<FittedWithPipeline> {
  const { table } = setting;
  const pipeline = await fittedPipeline(setting, kind, table);
  if (isExact(setting, kind)) {
    const penalties = pipeline.targets.map((_, i) => {
      const ofDivisions = assessments.map(({ fits }) => fits[kind].penalties![i]!).sort((a, b) => a - b);
      return ofDivisions[Math.floor(ofDivisions.length / 2)]!;
    });
    return { pipeline, ...(await fitLinear(pipeline, { training: table }, context, penalties)) };
  }
  const taken = assessments.map(({ fits }) => fits[kind].epochs);
  const epochs = Math.max(1, Math.round(taken.reduce((sum, one) => sum + one, 0) / taken.length));
  using data = pipeline.dataset(table);
  const recipe = { ...recipeFor(setting, kind, pipeline), epochs };
  return { pipeline, ...(await fitCandidate(recipe, data, undefined, context)) };
}
