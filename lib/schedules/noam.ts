import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { schedule } from './schedule.js';

export interface NoamOptions {
  /** The width of the model, d. */
  modelSize: number;
  /** How many steps it rises, in a straight line. */
  warmup: number;
  /** What everything is multiplied by. Default 1. */
  factor?: number | undefined;
}

/**
 * η = factor · modelSize^−½ · min(n^−½, n · warmup^−3/2) of the step counted as n = t + 1 = 1, 2, …: the Transformer's, largest at
 * n = warmup, without end. PyTorch has no such scheduler.
 *
 * @see Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, equation 3
 */
export const noam = schedule('noam', (given: NoamOptions) => {
  checkOptions('schedules.noam', given, ['modelSize', 'warmup', 'factor']);
  const modelSize = checkInteger('modelSize', given.modelSize, 1);
  const warmup = checkInteger('warmup', given.warmup, 1);
  const factor = checkNumber('factor', orDefault(given.factor, 1), finite);
  const at = (step: number) =>
    (factor / Math.sqrt(modelSize)) * Math.min(1 / Math.sqrt(step + 1), (step + 1) * warmup ** -1.5);
  return { options: { modelSize, warmup, factor }, at, length: 5 * warmup };
});
