import { checkOptions } from '../checks/options.js';
import { lengthOf, type ScheduleLike, schedule } from './schedule.js';
import { checkSchedule } from './schedule_like.js';

export interface ScaleOptions {
  schedule: ScheduleLike;
  /** The factor: a number, or another schedule. */
  by: ScheduleLike;
}

/**
 * η(t) = schedule(t) · by(t). Same as PyTorch's `ChainedScheduler` if the second schedule gives factors of the first.
 */
export const scale = schedule('scale', (given: ScaleOptions) => {
  checkOptions('schedules.scale', given, ['schedule', 'by']);
  const scaled = checkSchedule('schedule', given.schedule);
  const by = checkSchedule('by', given.by);
  const lengths = [lengthOf(scaled.at), lengthOf(by.at)].filter((length) => length !== undefined);
  return {
    options: { schedule: scaled.json, by: by.json },
    at: (step) => scaled.at(step) * by.at(step),
    parts: [scaled.at, by.at],
    length: lengths.length === 0 ? undefined : Math.max(...lengths),
  };
});
