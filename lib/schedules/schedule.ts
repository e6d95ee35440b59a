import { isObject } from '../checks/kinds.js';
import { named } from '../checks/named.js';
import { Nesting } from '../checks/nesting.js';
import { checkOneOf } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { floats } from '../numbers/memory.js';
import { currentRun, type RunSpan } from './span.js';

/** A schedule as JSON: its name and all its options. */
export type ScheduleDescription = { readonly name: string } & { readonly [option: string]: unknown };

/**
 * A hyperparameter as a pure function of the step, 0 for the first. `JSON.stringify` writes it as JSON, from which
 * `schedules.from` makes it again. Values are finite: where a formula overflows, the value is ±`Number.MAX_VALUE`. The
 * time of a call does not depend on the step.
 */
export interface Schedule {
  (step: number): number;
  readonly description: ScheduleDescription;
  toJSON(): ScheduleDescription;
  /** The values at steps first, …, first + count − 1. `count` is at most 2²⁶. */
  tabulate(first: number, count: number): Float64Array;
}

/** An option that is a schedule. A number stands for a constant schedule, a function for `schedules.custom` of it. */
export type ScheduleLike = number | Schedule | ScheduleDescription | ((step: number) => number);

/** A schedule's checked options, with its function. */
interface Definition<Options, Members> {
  /** All options, as JSON. */
  options: NoInfer<Options>;
  /** The function, or how it follows from the run that it is spread over, whose first step is its step 0. */
  at?: (step: number) => number;
  over?: (run: RunSpan) => (step: number) => number;
  /** The schedules that it consists of. */
  parts?: readonly Schedule[];
  /** Number of steps that a plot should show; undefined if there is no natural end. */
  length?: number | undefined;
  /** The step from which on the value is the same. Undefined if there is none, or if it follows from the run. */
  end?: number | undefined;
  /** Members that other schedules don't have. */
  members?: Members;
}

const factories = new Map<string, (options: never) => Schedule>();
const anatomies = new WeakMap<
  Schedule,
  { parts: readonly Schedule[]; length: number | undefined; end: number | undefined; isOpen: boolean }
>();

const nesting = new Nesting('schedules');

/** Half a gigabyte. A larger table is asked for by mistake. */
const longestTable = 2 ** 26;

const bounded = (value: number) => Math.max(-Number.MAX_VALUE, Math.min(value, Number.MAX_VALUE)) + 0; // −0 is not JSON

/**
 * Makes and registers the factory of a named schedule. `define` checks the options and returns all of them with the
 * function.
 */
export function schedule<Options extends object, Members extends object = object>(
  name: string,
  define: (options: Options) => Definition<Options, Members>,
): (options: Options) => Schedule & Members {
  const make = (given: Options) => {
    const { options, parts = [], length, end, members = {}, ...definition } = define(given);
    const at = definition.at ?? spreadOver(name, definition.over!);
    const entries = Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, value === 0 ? 0 : value]);
    const description: ScheduleDescription = Object.freeze({ name, ...Object.fromEntries(entries) });
    const made = Object.assign((step: number) => bounded(at(step)), {
      description,
      toJSON: () => description,
      tabulate: (first: number, count: number) => {
        checkInteger('first', first, 0);
        checkInteger('count', count, 0, longestTable);
        const values = floats('float64', count);
        for (let i = 0; i < count; ++i) values[i] = bounded(at(first + i));
        return values as Float64Array;
      },
    });
    nesting.note(made, parts);
    anatomies.set(made, { parts, length, end, isOpen: definition.over !== undefined || parts.some(isOpen) });
    return Object.freeze(Object.defineProperties(made, Object.getOwnPropertyDescriptors(members))) as Schedule &
      Members;
  };
  factories.set(name, make);
  return named(name, make);
}

/** The function of an open schedule, in the run that {@link within} names. */
function spreadOver(name: string, over: (run: RunSpan) => (step: number) => number): (step: number) => number {
  let last: { run: RunSpan; at: (step: number) => number } | undefined;
  return (step) => {
    const run = currentRun(name);
    if (last?.run !== run) last = { run, at: over(run) };
    return last.at(Math.max(0, step - run.first));
  };
}

/** Whether a schedule has values only in a run. */
export const isOpen = (whole: Schedule): boolean => anatomies.get(whole)?.isOpen ?? false;

/** The step from which on a schedule has the same value; undefined if there is none, or if it follows from the run. */
export const endOf = (whole: Schedule): number | undefined => anatomies.get(whole)?.end;

export function isSchedule(value: unknown): value is Schedule {
  return typeof value === 'function' && typeof (value as Partial<Schedule>).tabulate === 'function';
}

/**
 * Makes a schedule from its JSON description: `schedules.from({ name: 'cosine', from: 1e-3, steps: 1000 })`.
 *
 * @throws TypeError, RangeError for an unknown name or options that don't fit.
 */
export function from(description: ScheduleDescription): Schedule {
  if (!isObject(description)) throw invalid('the description of a schedule', 'an object', description);
  const { name, ...options } = description as ScheduleDescription;
  const make = factories.get(checkOneOf('schedule', name, [...factories.keys()]))!;
  return nesting.within(() => make(options as never));
}

/** The schedules that a schedule consists of. */
export const partsOf = (whole: Schedule): readonly Schedule[] => anatomies.get(whole)?.parts ?? [];

/** Number of steps that a plot of a schedule should show; undefined if it has no natural end. */
export const lengthOf = (whole: Schedule): number | undefined => anatomies.get(whole)?.length;
