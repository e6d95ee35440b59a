import { orDefault } from '../checks/options.js';
import { checkNumber, nonNegative } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { checkSteps, type RunSpan, type Steps, stepsIn } from './span.js';

/** The length of a schedule that goes from one value to another. */
export interface SpreadOptions {
  /**
   * Number of steps from `from` to `to`, or of epochs, as `{ epochs: 5 }`. Default: all steps of the run of `fit` that uses
   * the schedule, whose first step is step 0. Without a number of steps, a schedule is only for runs.
   */
  steps?: Steps | undefined;
  /**
   * How long the value first rises to `from` in a straight line, as a part of `steps`: a number of steps; below 1, a
   * share of `steps`; or epochs, as `{ epochs: 1 }`. Default 0.
   */
  warmup?: Steps | undefined;
}

const checkWarmup = (given: unknown): Steps =>
  typeof given === 'number' && given < 1 ? checkNumber('warmup', given, nonNegative) : checkSteps('warmup', given, 1);

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

/** A schedule with the length `given`, over a run or by itself. `checked` are its other options. */
export function spread<Checked extends { from: number; to: number }>(
  given: SpreadOptions,
  checked: Checked,
  decay: (steps: number) => (step: number) => number,
  then: 'ends' | 'repeats',
): {
  options: Checked & SpreadOptions;
  at?: (step: number) => number;
  length?: number;
  end?: number | undefined;
  over?: (run: RunSpan) => (step: number) => number;
} {
  const steps = given.steps === undefined ? undefined : checkSteps('steps', given.steps, 1);
  const warmup = checkWarmup(orDefault(given.warmup, 0));
  const { from, to, ...others } = checked;
  const options = { from, to, steps, ...others, warmup: warmup === 0 ? undefined : warmup } as Checked & SpreadOptions;
  if (typeof steps === 'number' && typeof warmup === 'number') {
    const isEnding = then === 'ends';
    return {
      options,
      at: warmedUp(warmup, steps, decay),
      length: (isEnding ? 1 : 2) * steps + 1,
      end: isEnding ? steps : undefined,
    };
  }
  return {
    options,
    over: (run) => warmedUp(stepsIn(warmup, run), steps === undefined ? run.steps : stepsIn(steps, run), decay),
  };
}
