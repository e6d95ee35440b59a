import { isArray, isPlainObject } from '../checks/kinds.js';
import { checkOptions } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { from, isOpen, isSchedule, type Schedule } from './schedule.js';
import { type RunSpan, type Steps, stepsIn } from './span.js';

/** The run that a schedule is spread over. */
export interface ClosedOptions extends Pick<RunSpan, 'steps' | 'stepsPerEpoch'> {}

/**
 * A schedule with the numbers of steps that it has over a run. Use it where a run is several calls of `fit`: each of them
 * would spread a schedule whose steps are left out over its own steps.
 *
 * @example
 * schedules.closed(schedules.cosine({ from: 0.1 }), { steps: 1000, stepsPerEpoch: 100 }); // cosine({ from: 0.1, steps: 1000 })
 * @throws TypeError, RangeError for options that don't fit.
 */
export function closed(schedule: Schedule, options: ClosedOptions): Schedule {
  if (!isSchedule(schedule)) throw invalid('schedule', 'a schedule', schedule);
  checkOptions('schedules.closed', options, ['steps', 'stepsPerEpoch']);
  for (const name of ['steps', 'stepsPerEpoch'] as const) checkInteger(name, options[name], 1);
  return over(schedule, { first: 0, ...options });
}

function over(whole: Schedule, run: RunSpan): Schedule {
  if (!isOpen(whole)) return whole;
  const { name, ...options } = whole.description;
  const counted = Object.fromEntries(Object.entries(options).map(([key, value]) => [key, counting(value, run)]));
  const description = { name, ...counted };
  const made = from(description);
  return isOpen(made) ? from({ ...description, steps: run.steps }) : made;
}

function counting(value: unknown, run: RunSpan): unknown {
  if (isArray(value)) return value.map((one) => counting(one, run));
  if (!isPlainObject(value)) return value;
  if ('epochs' in value) return stepsIn(value as Steps, run);
  return over(from(value as { name: string }), run).description;
}
