import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite, fraction, nonNegative } from '../checks/ranges.js';
import { invalid, shown } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { partsOf, type Schedule, schedule } from './schedule.js';

export interface ReduceOnPlateauOptions {
  /** The value until the first plateau. */
  from: number;
  /** Factor of the value at a plateau, in [0, 1). Default 0.1. */
  factor?: number | undefined;
  /**
   * Number of successive observations without improvement that are tolerated; the next one is a plateau. Default 10.
   */
  patience?: number | undefined;
  /** By how much a metric must be better than the best to be an improvement. Default 1e-4. */
  threshold?: number | undefined;
  /** Whether `threshold` is relative to the best metric or a difference. Default `'relative'`. */
  thresholdMode?: 'relative' | 'absolute' | undefined;
  /** Number of observations after a reduction that don't count against `patience`. Default 0. */
  cooldown?: number | undefined;
  /** The smallest value. Default 0. */
  minimum?: number | undefined;
  /** A reduction by no more than this is not made. Default 1e-8. */
  epsilon?: number | undefined;
  /** Whether the metric should be small, as a loss, or large, as an accuracy. Default `'min'`. */
  mode?: 'min' | 'max' | undefined;
}

/** State of a plateau schedule, as JSON. */
export interface PlateauState {
  readonly value: number;
  /**
   * The best metric so far. A string if it is infinite, as before the first observation, because JSON has no such
   * number.
   */
  readonly best: number | 'Infinity' | '-Infinity';
  /** Number of successive observations without improvement. */
  readonly badCount: number;
  /** Number of observations that are left of the cooldown. */
  readonly cooldownLeft: number;
}

/** A schedule that depends on a metric. Its value is the same at all steps until it observes a plateau. */
export interface PlateauSchedule extends Schedule {
  /** Observes a metric, as after each epoch. NaN is no improvement. */
  observe(metric: number): void;
  /** A copy of the state. */
  readonly state: PlateauState;
  /**
   * Sets the state to that of a schedule with the same options.
   *
   * @throws TypeError, RangeError for a state that doesn't fit.
   */
  restore(state: PlateauState): void;
}

/**
 * η starts as `from`, and is multiplied by `factor` each time the metric has not improved for more than `patience`
 * observations, down to `minimum`. A metric a improves on the best b if a < b · (1 − threshold), or a < b − threshold
 * with `'absolute'`. In mode `'max'`, it does if a > b · (1 + threshold) or a > b + threshold.
 *
 * This is the only schedule with a state, so each run needs its own. The JSON description contains the options and
 * makes a fresh schedule. The property `state` contains the rest.
 *
 * Same as PyTorch's
 * `ReduceLROnPlateau(mode, factor, patience, threshold, threshold_mode, cooldown, min_lr=minimum, eps=epsilon)`.
 */
export const reduceOnPlateau: (options: ReduceOnPlateauOptions) => PlateauSchedule = schedule(
  'reduceOnPlateau',
  (given: ReduceOnPlateauOptions) => {
    const options = checked(given);
    const { from, factor, patience, threshold, thresholdMode, cooldown, minimum, epsilon, mode } = options;
    let value = from;
    let best = mode === 'min' ? Infinity : -Infinity;
    let badCount = 0;
    let cooldownLeft = 0;

    const sign = mode === 'min' ? -1 : 1;
    const isBetter = (metric: number) => {
      const bar = thresholdMode === 'relative' ? best * (1 + sign * threshold) : best + sign * threshold;
      return mode === 'min' ? metric < bar : metric > bar;
    };

    const members = {
      observe(metric: number): void {
        if (typeof metric !== 'number') throw invalid('metric', 'a number', metric);
        if (isBetter(metric)) {
          best = metric;
          badCount = 0;
        } else ++badCount;
        if (cooldownLeft > 0) {
          --cooldownLeft;
          badCount = 0;
        }
        if (badCount <= patience) return;
        const reduced = Math.max(value * factor, minimum);
        if (value - reduced > epsilon) value = reduced;
        cooldownLeft = cooldown;
        badCount = 0;
      },
      get state(): PlateauState {
        const shownBest = Number.isFinite(best) ? best : (String(best) as 'Infinity' | '-Infinity');
        return { value, best: shownBest, badCount, cooldownLeft };
      },
      restore(state: PlateauState): void {
        const checkedState = checkState(state);
        if (checkedState.value > from || checkedState.value < Math.min(from, minimum))
          throw errorWith(
            'ERR_OUT_OF_RANGE',
            `Expected a value from ${shown(Math.min(from, minimum))} to ${shown(from)} for state.value, but it is ${shown(checkedState.value)}`,
          );
        ({ value, badCount, cooldownLeft } = checkedState);
        best = Number(checkedState.best);
      },
    };
    return { options, at: () => value, members };
  },
);

function checked(given: ReduceOnPlateauOptions) {
  checkOptions('schedules.reduceOnPlateau', given, [
    'from',
    'factor',
    'patience',
    'threshold',
    'thresholdMode',
    'cooldown',
    'minimum',
    'epsilon',
    'mode',
  ]);
  return {
    from: checkNumber('from', given.from, finite),
    factor: checkNumber('factor', orDefault(given.factor, 0.1), fraction),
    patience: checkInteger('patience', orDefault(given.patience, 10), 0),
    threshold: checkNumber('threshold', orDefault(given.threshold, 1e-4), nonNegative),
    thresholdMode: checkOneOf('thresholdMode', orDefault(given.thresholdMode, 'relative'), ['relative', 'absolute']),
    cooldown: checkInteger('cooldown', orDefault(given.cooldown, 0), 0),
    minimum: checkNumber('minimum', orDefault(given.minimum, 0), finite),
    epsilon: checkNumber('epsilon', orDefault(given.epsilon, 1e-8), nonNegative),
    mode: checkOneOf('mode', orDefault(given.mode, 'min'), ['min', 'max']),
  };
}

function checkState(state: PlateauState): PlateauState {
  checkOptions('state', state, ['value', 'best', 'badCount', 'cooldownLeft']);
  const { best } = state;
  return {
    value: checkNumber('state.value', state.value, finite),
    best: best === 'Infinity' || best === '-Infinity' ? best : checkNumber('state.best', best, finite),
    badCount: checkInteger('state.badCount', state.badCount, 0),
    cooldownLeft: checkInteger('state.cooldownLeft', state.cooldownLeft, 0),
  };
}

/** Whether small or large metrics are good for a plateau schedule. */
export const modeOfPlateau = ({ description }: PlateauSchedule): 'min' | 'max' => description.mode as 'min' | 'max';

const isPlateau = (value: Schedule): value is PlateauSchedule =>
  typeof (value as Partial<PlateauSchedule>).observe === 'function';

/** The plateau schedules in a schedule, itself included, each once, in the order of its description. */
export function plateausIn(whole: Schedule): PlateauSchedule[] {
  return isPlateau(whole) ? [whole] : [...new Set(partsOf(whole).flatMap(plateausIn))];
}
