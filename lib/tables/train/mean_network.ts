import type { Dataset } from '../../data/dataset.js';
import type { Network } from '../../training/network.js';
import type { FittedPipeline } from '../pipeline/fitted_pipeline.js';
import { ensembleOf } from './ensemble.js';
import { type FitContext, type FittedCandidate, fitCandidate } from './fit_candidate.js';
import type { CandidateKind } from './report.js';
import { recipeFor, type Setting } from './setting.js';

/** Trains candidates that differ in their seeds for some epochs. The result is the mean of all, with the history of the last one. */
export async function fitMean(
  setting: Setting,
  kind: CandidateKind,
  { pipeline, data }: { readonly pipeline: FittedPipeline; readonly data: Dataset },
  { members, epochs }: { readonly members: number; readonly epochs: number },
  contextOf: (member: number) => FitContext,
): Promise<FittedCandidate> {
  const networks: Network[] = [];
  let last: FittedCandidate | undefined;
  for (let i = 0; i < members; ++i) {
    const recipe = { ...recipeFor(setting, kind, pipeline, setting.seed + i), epochs };
    last = await fitCandidate(recipe, data, undefined, contextOf(i));
    networks.push(last.model);
  }
  return { ...last!, model: ensembleOf(networks, pipeline), epochs };
}
