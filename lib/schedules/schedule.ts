import { checkInteger } from '../checks.js';
import { floats } from '../memory.js';

/** A schedule as JSON: its name and its options. */
export type ScheduleDescription = { readonly name: string } & { readonly [option: string]: unknown };

/**
 * A hyperparameter over time: a pure function of the step, 0 for the first. It can be called, tabulated, and written as
 * JSON (`JSON.stringify`), from which `schedules.from` makes it again.
 */
export interface Schedule {
  (step: number): number;
  readonly description: ScheduleDescription;
  toJSON(): ScheduleDescription;
  /** The values at steps first, …, first + count − 1. */
  tabulate(first: number, count: number): Float64Array;
}

/** Makes the factory of a named schedule: `define` checks the options, and returns all of them and the function. */
export function schedule<Options extends object>(
  name: string,
  define: (options: Options) => { options: Required<Options>; at: (step: number) => number },
): (options: Options) => Schedule {
  return (given) => {
    const { options, at } = define(given);
    const description = Object.freeze({ name, ...options }) as ScheduleDescription;
    return Object.freeze(
      Object.assign((step: number) => at(step), {
        description,
        toJSON: () => description,
        tabulate: (first: number, count: number) => {
          checkInteger('first', first, 0);
          checkInteger('count', count, 0);
          const values = floats('float64', count);
          for (let i = 0; i < count; ++i) values[i] = at(first + i);
          return values as Float64Array;
        },
      }),
    );
  };
}

export function isSchedule(value: unknown): value is Schedule {
  return typeof value === 'function' && typeof (value as Partial<Schedule>).tabulate === 'function';
}
