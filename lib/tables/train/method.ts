import type { FittedWithPipeline } from './assess.js';
import type { CandidateKind, TrainReport } from './report.js';
import { recipeFor, type Setting } from './setting.js';

/** How the model was found. */
export function methodOf(
  setting: Setting,
  kind: CandidateKind,
  { pipeline, penalties }: FittedWithPipeline,
): Pick<TrainReport, 'rule' | 'learningRate' | 'weightDecay' | 'batchSize' | 'softmax'> {
  if (penalties) return { rule: 'exact solution' };
  const { optimizer, batchSize } = recipeFor(setting, kind, pipeline);
  const { name: rule, learningRate, weightDecay = 0 } = optimizer;
  const { softmax } = setting.network;
  return {
    rule,
    learningRate: Number(learningRate),
    weightDecay: Number(weightDecay),
    batchSize,
    ...(kind === 'network' && (softmax === 'sampled' || softmax === 'hierarchical') && { softmax }),
  };
}
