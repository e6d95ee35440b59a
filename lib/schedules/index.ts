import { checkOneOf, invalid } from '../checks.js';
import { constant } from './constant.js';
import { cosine } from './cosine.js';
import type { Schedule, ScheduleDescription } from './schedule.js';

export type { ConstantOptions } from './constant.js';
export type { CosineOptions } from './cosine.js';
export type { Schedule, ScheduleDescription } from './schedule.js';
export { constant, cosine };

const factories = { constant, cosine };

/** The schedule of a JSON description: `schedules.from({ name: 'cosine', from: 1e-3, steps: 1000 })`. */
export function from(description: ScheduleDescription): Schedule {
  if (description === null || typeof description !== 'object')
    throw invalid('the description of a schedule', 'an object', description);
  const { name, ...options } = description;
  const factory = factories[checkOneOf('schedule', name, Object.keys(factories) as (keyof typeof factories)[])];
  return (factory as (options: object) => Schedule)(options);
}
