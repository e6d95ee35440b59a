import { checkArray } from '../checks/lists.js';
import { checkOptions } from '../checks/options.js';
import { checkAscending, checkLength, countUpTo } from './ascending.js';
import { lengthOf, type ScheduleDescription, type ScheduleLike, schedule } from './schedule.js';
import { checkSchedule } from './schedule_like.js';

export interface JoinOptions {
  /** The schedules in turn. Each counts its steps from its own beginning. */
  schedules: readonly ScheduleLike[];
  /** The steps at which the second, third, … schedule begins, in ascending order. */
  boundaries: readonly number[];
}

/**
 * `η(t) = schedules[i](t − boundaries[i − 1])`, where i is the number of boundaries ≤ t.
 *
 * Same as PyTorch's `SequentialLR(schedulers, milestones=boundaries)` and Optax's `join_schedules`.
 *
 * @throws RangeError `ERR_SHAPE` unless there is one schedule more than boundaries.
 */
export const join = schedule('join', (given: JoinOptions) => {
  checkOptions('schedules.join', given, ['schedules', 'boundaries']);
  const parts = checkArray('schedules', given.schedules, 'an array', (value, i) =>
    checkSchedule(`schedules[${i}]`, value),
  );
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
