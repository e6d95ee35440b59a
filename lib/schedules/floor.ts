import { checkOptions } from '../checks/options.js';
import { checkNumber, finite } from '../checks/ranges.js';
import { lengthOf, type ScheduleLike, schedule } from './schedule.js';
import { checkSchedule } from './schedule_like.js';

export interface FloorOptions {
  schedule: ScheduleLike;
  /** The smallest value. */
  minimum: number;
}

/** η(t) = max(schedule(t), minimum). PyTorch has no such scheduler. */
export const floor = schedule('floor', (given: FloorOptions) => {
  checkOptions('schedules.floor', given, ['schedule', 'minimum']);
  const floored = checkSchedule('schedule', given.schedule);
  const minimum = checkNumber('minimum', given.minimum, finite);
  return {
    options: { schedule: floored.json, minimum },
    at: (step) => Math.max(floored.at(step), minimum),
    parts: [floored.at],
    length: lengthOf(floored.at),
  };
});
