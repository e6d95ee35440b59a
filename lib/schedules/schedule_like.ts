import { isObject } from '../checks/kinds.js';
import { checkNumber, finite } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { constant } from './constant.js';
import { custom } from './custom.js';
import { from, isSchedule, type Schedule, type ScheduleDescription } from './schedule.js';

/**
 * Checks an option that is a number, a schedule, a function or a description. Returns the schedule, and its JSON: the number
 * itself, or the description.
 */
export function checkSchedule(name: string, value: unknown): { at: Schedule; json: number | ScheduleDescription } {
  if (typeof value === 'number') {
    const number = checkNumber(name, value, finite) + 0;
    return { at: constant({ value: number }), json: number };
  }
  const at = scheduleOf(name, value);
  return { at, json: at.description };
}

function scheduleOf(name: string, value: unknown): Schedule {
  if (isSchedule(value)) return value;
  if (typeof value === 'function') return custom(value as (step: number) => number);
  if (!isObject(value)) throw invalid(name, 'a number, a schedule or the description of one', value);
  return from(value as ScheduleDescription);
}
