import { shown } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { schedule } from './schedule.js';

const make = schedule('custom', ({ at }: { at?: (step: number) => number }) => {
  if (typeof at !== 'function')
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `schedules.custom: Expected a function of the step but received ${shown(at)}. Functions can't be saved in JSON or a file: give the function itself again`,
    );
  return {
    options: {},
    at: (step) => {
      const value: unknown = at(step);
      if (typeof value !== 'number' || !Number.isFinite(value))
        throw errorWith(
          'ERR_OUT_OF_RANGE',
          `Expected a finite number from a schedule's function, but it returned ${shown(value)} at step ${step}`,
        );
      return value;
    },
  };
});

/**
 * A schedule from your function, which returns the value at each step, 0 for the first. An option that takes a schedule
 * also takes the function itself: `sgd({ learningRate: (step) => 0.1 / (1 + step / 1000) })`.
 *
 * The function must be pure, because runs call it some thousand steps ahead, and again when they go on. A file can't
 * contain it: a trainer that was saved with one is resumed by
 * `Trainer.resume(from, { schedules: { 'optimizer.learningRate': … } })`, with the function given again. Named
 * schedules need no such care.
 *
 * PyTorch's `LambdaLR` is `(step) => base * lambda(step)`; its state has no function either.
 *
 * @throws TypeError unless it is a function. Runs and steps throw a RangeError `ERR_OUT_OF_RANGE`, with the step, if it
 *   returns anything but a finite number.
 */
export const custom = (at: (step: number) => number) => make({ at });
