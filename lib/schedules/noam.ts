import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { schedule } from './schedule.js';

export interface NoamOptions {
  /** The width d of the model. */
  modelSize: number;
  /** Number of steps of the warm-up, in which the value rises linearly. */
  warmup: number;
  /** A constant factor. Default 1. */
  factor?: number | undefined;
}

/**
 * η(t) = factor · modelSize^−½ · min(n^−½, n · warmup^−3/2) with n = t + 1, without end: the Transformer's schedule. It
 * is largest at n = warmup. PyTorch has no such scheduler.
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
