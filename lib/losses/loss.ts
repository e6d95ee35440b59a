import { checkOneOf, invalid } from '../checks.js';
import { errorWith } from '../errors.js';

/**
 * The losses, each the mean over the batch of
 *
 * - `crossEntropy`: −Σ pⱼ log softmax(z)ⱼ. Outputs are logits; targets are class numbers, or a distribution per row.
 * - `logistic`: Σⱼ log(1 + e^zⱼ) − yⱼzⱼ. Outputs are logits; targets are 0, 1 or probabilities.
 * - `squared`: ‖y − t‖², summed over the outputs (PyTorch's `MSELoss` takes their mean as well).
 */
export const losses = ['crossEntropy', 'logistic', 'squared'] as const;
export type Loss = (typeof losses)[number];

/** Metrics: what is reported but never trained on. `accuracy` is the share of rows classified rightly. */
export const metrics = ['accuracy'] as const;
export type Metric = (typeof metrics)[number];

/** Whether accuracy is asked for. */
export function checkMetrics(list: unknown, loss: Loss): boolean {
  if (!Array.isArray(list)) throw invalid('metrics', 'an array', list);
  for (const metric of list) checkOneOf('metric', metric, metrics);
  if (list.includes('accuracy') && loss === 'squared')
    throw errorWith('ERR_INVALID_ARGUMENT', `accuracy has no meaning under the loss ${loss}`);
  return list.includes('accuracy');
}
