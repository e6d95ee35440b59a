import type { NativeEarlyStopping } from '../addon/index.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative } from '../checks/ranges.js';
import { checkMonitor, type Monitor, placeOf, type ScoresOfEpochs } from './monitor.js';

/** When a run ends before its last epoch, and which parameters it leaves. Decided at the end of each epoch. */
export interface EarlyStopping {
  /**
   * Score to observe. The scores without `validation.` are means over an epoch, at parameters before its end. Default:
   * the run's `monitor`, which is `'validation.loss'`, or `'loss'` without validation.
   */
  monitor?: Monitor | undefined;
  /**
   * Number of successive epochs without improvement after which the run ends, as Keras counts; scikit-learn's
   * `n_iter_no_change` is one less. Default 3.
   */
  patience?: number | undefined;
  /** An improvement is better than the best epoch by more than this. Default 0. NaN and ±∞ are no improvements. */
  minimumDelta?: number | undefined;
  /**
   * Whether small or large scores are good. Default: that of the score, as `'min'` for a loss and `'max'` for `auc`.
   */
  mode?: 'min' | 'max' | undefined;
  /**
   * Whether the model gets the parameters of the best epoch at the end of the run, however it ends: by itself, by
   * `stop()`, by a signal or by a failure. If no epoch has ended, there is nothing to restore. A trainer that goes on
   * afterwards does so from the restored parameters, with the rule's state as it was. Default true (in Keras false).
   */
  restoreBest?: boolean | undefined;
}

/** The epoch of a run with the best score. */
export interface BestEpoch {
  /** Number of the epoch, as in its report. */
  epoch: number;
  /** Steps at its end, as in its report. */
  steps: number;
  monitor: Monitor;
  /** Its score. */
  value: number;
}

/**
 * Reads the option `earlyStopping`. Without it, the best epoch is recorded nevertheless.
 *
 * @param usual The run's monitor.
 * @throws TypeError, RangeError for options that don't fit.
 */
export function checkEarlyStopping(
  given: unknown,
  usual: Monitor,
  scores: ScoresOfEpochs,
): { monitor: Monitor; native: NativeEarlyStopping } {
  if (given === undefined) {
    const rest = { patience: undefined, minimumDelta: 0, restoreBest: false };
    return { monitor: usual, native: { ...placeOf(usual, scores), ...rest } };
  }
  const options = given as EarlyStopping;
  checkOptions('earlyStopping', options, ['monitor', 'patience', 'minimumDelta', 'mode', 'restoreBest']);
  const monitor = checkMonitor('earlyStopping.monitor', orDefault(options.monitor, usual), scores);
  const place = placeOf(monitor, scores);
  return {
    monitor,
    native: {
      ...place,
      mode: checkOneOf('earlyStopping.mode', orDefault(options.mode, place.mode), ['min', 'max']),
      patience: checkInteger('earlyStopping.patience', orDefault(options.patience, 3), 1),
      minimumDelta: checkNumber('earlyStopping.minimumDelta', orDefault(options.minimumDelta, 0), nonNegative),
      restoreBest: checkBoolean('earlyStopping.restoreBest', orDefault(options.restoreBest, true)),
    },
  };
}
