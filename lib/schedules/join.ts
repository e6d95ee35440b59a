import { checkArray } from '../checks/lists.js';
import { checkOptions } from '../checks/options.js';
import { checkAscending, checkLength, countUpTo } from './ascending.js';
import { lengthOf, part, type ScheduleDescription, type ScheduleLike, schedule } from './schedule.js';

export interface JoinOptions {
  /** One schedule after the other. Each counts its steps from the boundary at which it begins. */
  schedules: readonly ScheduleLike[];
  /** The steps, in ascending order, at which the second, third, … begin. */
  boundaries: readonly number[];
}

/**
 * `η(t) = schedules[i](t − boundaries[i − 1])`, i the number of boundaries ≤ t.
 *
 * PyTorch's `SequentialLR(schedulers, milestones=boundaries)`, Optax's `join_schedules`.
 */
export const join = schedule('join', (given: JoinOptions) => {
  checkOptions('schedules.join', given, ['schedules', 'boundaries']);
  const parts = checkArray('schedules', given.schedules, 'an array', (value, i) => part(`schedules[${i}]`, value));
  const boundaries = checkAscending('boundaries', given.boundaries, 0);
  checkLength('schedules', parts.length, boundaries.length + 1, 'there is one before each boundary and one after');
  const at = (step: number) => {
    const i = countUpTo(boundaries, step);
    return parts[i]!.at(i === 0 ? step : step - boundaries[i - 1]!);
  };
  const last = boundaries.at(-1) ?? 0;
  return {
    options: { schedules: Object.freeze(parts.map(({ json }): number | ScheduleDescription => json)), boundaries },
    at,
    parts: parts.map((each) => each.at),
    length: last + (lengthOf(parts.at(-1)!.at) ?? Math.ceil(0.25 * last)) || undefined,
  };
});
