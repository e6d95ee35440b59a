import { isPlainObject } from '../checks/kinds.js';
import { checkOptions } from '../checks/options.js';
import { checkInteger, checkNumber, positive } from '../checks/ranges.js';
import { errorWith } from '../errors.js';

/** A number of steps, or of a run's epochs, which may be a fraction. */
export type Steps = number | { readonly epochs: number };

/** The steps of a run that open schedules are spread over. Plain data, for checkpoints. */
export interface RunSpan {
  /** Steps of the trainer before the run. */
  readonly first: number;
  /** The most steps of the run. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
}

let current: RunSpan | undefined;

/** Calls `work`, in which open schedules are spread over a run; without one, they have no values. */
export function within<T>(run: RunSpan | undefined, work: () => T): T {
  const before = current;
  current = run;
  try {
    return work();
  } finally {
    current = before;
  }
}

/**
 * The run that open schedules are spread over now.
 *
 * @throws TypeError if there is none.
 */
export function currentRun(schedule: string): RunSpan {
  if (current) return current;
  throw errorWith(
    'ERR_INVALID_ARGUMENT',
    `schedules.${schedule}: without a number of steps, or with steps in epochs, it is for runs of fit(); here give a number of steps`,
  );
}

/** Checks an option that is a number of steps ≥ `least`, or a number of epochs. */
export function checkSteps(name: string, given: unknown, least: number): Steps {
  if (!isPlainObject(given)) return checkInteger(name, given, least);
  const span = given as { epochs?: unknown };
  checkOptions(name, span, ['epochs']);
  return Object.freeze({ epochs: checkNumber(`${name}.epochs`, span.epochs, positive) });
}

/** The number of steps in a run, for steps or epochs. At least 1. */
export const stepsIn = (steps: Steps, run: RunSpan): number =>
  typeof steps === 'number' ? steps : Math.max(1, Math.round(steps.epochs * run.stepsPerEpoch));
