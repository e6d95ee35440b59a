import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite, positive } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { between, halfCosine } from './between.js';
import { schedule } from './schedule.js';
import { checkSteps, type Steps, stepsIn } from './span.js';

export interface OneCycleOptions {
  /** The largest value. */
  peak: number;
  /**
   * Number of steps of the cycle, or of epochs, as `{ epochs: 5 }`. Its last step is `steps` − 1. Default: all steps of the
   * run of `fit` that uses the schedule, whose first step is step 0. Without a number of steps, a schedule is only for runs.
   */
  steps?: Steps | undefined;
  /** Fraction of the steps before the peak, from 0 to 1, or to ½ with `threePhase`. Default 0.3. */
  warmup?: number | undefined;
  /** Shape of the rise and the fall. Default `'cosine'`. */
  shape?: 'cosine' | 'linear' | undefined;
  /** The first value is `peak` / `initialDivisor`. Default 25. */
  initialDivisor?: number | undefined;
  /** The last value is the first / `finalDivisor`. Default 1e4. */
  finalDivisor?: number | undefined;
  /**
   * Whether the value falls to the first value in as many steps as it rose, and then to the last value. Default false.
   */
  threePhase?: boolean | undefined;
}

const shapes = { cosine: halfCosine, linear: (x: number) => x };

/**
 * Rises from peak / initialDivisor to `peak` at step warmup · steps − 1, then falls to
 * peak / (initialDivisor · finalDivisor) at step `steps` − 1, and stays there.
 *
 * Same as PyTorch's `OneCycleLR` with `max_lr=peak`, `total_steps=steps`, `pct_start=warmup`, `anneal_strategy=shape`,
 * `div_factor=initialDivisor`, `final_div_factor=finalDivisor` and `three_phase=threePhase`. That fails after the last
 * step, and also changes the momentum; here the momentum can have a schedule of its own.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if the first or the last value overflows.
 * @see Smith & Topin 2018, https://arxiv.org/abs/1708.07120
 */
export const oneCycle = schedule('oneCycle', (given: OneCycleOptions) => {
  checkOptions('schedules.oneCycle', given, [
    'peak',
    'steps',
    'warmup',
    'shape',
    'initialDivisor',
    'finalDivisor',
    'threePhase',
  ]);
  const peak = checkNumber('peak', given.peak, finite);
  const steps = given.steps === undefined ? undefined : checkSteps('steps', given.steps, 1);
  const threePhase = checkBoolean('threePhase', orDefault(given.threePhase, false));
  const warmup = checkNumber('warmup', orDefault(given.warmup, 0.3), threePhase ? upToHalf : upToOne);
  const shape = checkOneOf('shape', orDefault(given.shape, 'cosine'), Object.keys(shapes) as (keyof typeof shapes)[]);
  const initialDivisor = checkNumber('initialDivisor', orDefault(given.initialDivisor, 25), positive);
  const finalDivisor = checkNumber('finalDivisor', orDefault(given.finalDivisor, 1e4), positive);

  const first = peak / initialDivisor;
  const last = first / finalDivisor;
  if (!Number.isFinite(first) || !Number.isFinite(last))
    throw errorWith('ERR_OUT_OF_RANGE', 'Expected larger divisors: the first or last value overflows');
  const cycle = (steps: number) => {
    const phases = threePhase
      ? [
          { end: warmup * steps - 1, value: peak },
          { end: 2 * warmup * steps - 2, value: first },
        ]
      : [{ end: warmup * steps - 1, value: peak }];
    phases.push({ end: steps - 1, value: last });

    return (given: number) => {
      const step = Math.min(given, steps - 1);
      let start = { end: 0, value: first };
      for (const phase of phases) {
        if (step <= phase.end)
          return between(start.value, phase.value, shapes[shape](shareOf(step, start.end, phase.end)));
        start = phase;
      }
      return last;
    };
  };
  const options = { peak, steps, warmup, shape, initialDivisor, finalDivisor, threePhase };
  if (typeof steps === 'number') return { options, at: cycle(steps), length: steps, end: steps - 1 };
  return { options, over: (run) => cycle(steps === undefined ? run.steps : stepsIn(steps, run)) };
});

const upToOne = { expected: 'a number in [0, 1]', allows: (x: number) => x >= 0 && x <= 1 };
const upToHalf = { expected: 'a number in [0, 0.5] (with threePhase)', allows: (x: number) => x >= 0 && x <= 0.5 };

const shareOf = (step: number, start: number, end: number) => (end === start ? 1 : (step - start) / (end - start));
