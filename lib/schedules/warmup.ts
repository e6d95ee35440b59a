import { checkNumber, nonNegative } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { checkSteps, type RunSpan, type Steps, stepsIn } from './span.js';

/**
 * The option `warmup` of a decaying schedule: a number of steps; below 1, a share of the schedule's steps; or a number
 * of epochs.
 */
export type Warmup = Steps;

export function checkWarmup(given: unknown): Warmup {
  return typeof given === 'number' && given < 1
    ? checkNumber('warmup', given, nonNegative)
    : checkSteps('warmup', given, 1);
}

/**
 * The function of a schedule of `steps` steps that first rises to its value at step 0, in a straight line, and then
 * decays over the rest of its steps: the value at step t of a warm-up of w steps is value(0) · (t + 1) / (w + 1).
 *
 * @throws RangeError if no step is left for the decay.
 */
function warmedUp(
  warmup: number,
  steps: number,
  decay: (steps: number) => (step: number) => number,
): (step: number) => number {
  const rise = warmup < 1 ? Math.round(warmup * steps) : warmup;
  if (rise >= steps)
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `Expected a warmup of fewer than the ${steps} steps of the schedule but received ${rise}`,
    );
  const at = decay(steps - rise);
  if (rise === 0) return at;
  return (step) => (step < rise ? (at(0) * (step + 1)) / (rise + 1) : at(step - rise));
}

/** The functions of a schedule with these steps, over a run or by itself. */
export function spread(
  steps: Steps | undefined,
  warmup: Warmup,
  decay: (steps: number) => (step: number) => number,
  then: 'ends' | 'repeats',
): {
  at?: (step: number) => number;
  length?: number;
  end?: number | undefined;
  over?: (run: RunSpan) => (step: number) => number;
} {
  if (typeof steps === 'number' && typeof warmup === 'number') {
    const isEnding = then === 'ends';
    return {
      at: warmedUp(warmup, steps, decay),
      length: (isEnding ? 1 : 2) * steps + 1,
      end: isEnding ? steps : undefined,
    };
  }
  return {
    over: (run) => warmedUp(stepsIn(warmup, run), steps === undefined ? run.steps : stepsIn(steps, run), decay),
  };
}
