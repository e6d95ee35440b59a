import type { NativeTrainerOptions } from '../addon/index.js';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, fraction, positive } from '../checks/ranges.js';

/** How ranks that take separate steps synchronise. */
export interface Synchronization {
  /** Number of steps from one synchronisation to the next. Another one ends each epoch. */
  every: number;
  /**
   * What a synchronisation does. `'mean'`: all ranks go on from the mean of their parameters (local SGD: Stich 2019,
   * https://arxiv.org/abs/1805.09767). Numbers: from an outer step of Nesterov's momentum, whose gradient is the parameters
   * after the last synchronisation less that mean (DiLoCo: Douillard et al. 2023, https://arxiv.org/abs/2311.08105).
   * Default `{ learningRate: 0.7, momentum: 0.9 }`.
   */
  outer?: 'mean' | { learningRate?: number | undefined; momentum?: number | undefined } | undefined;
}

/** @throws TypeError, RangeError for options that don't fit. */
export function checkSynchronization(given: Synchronization): NonNullable<NativeTrainerOptions['synchronization']> {
  checkOptions('synchronize', given, ['every', 'outer']);
  const every = checkInteger('synchronize.every', given.every, 1);
  const outer = orDefault(given.outer, {});
  if (typeof outer === 'string') {
    checkOneOf('synchronize.outer', outer, ['mean']);
    return { every, outer: undefined };
  }
  checkOptions('synchronize.outer', outer, ['learningRate', 'momentum']);
  const learningRate = checkNumber('synchronize.outer.learningRate', orDefault(outer.learningRate, 0.7), positive);
  const momentum = checkNumber('synchronize.outer.momentum', orDefault(outer.momentum, 0.9), fraction);
  return { every, outer: { learningRate, momentum } };
}
