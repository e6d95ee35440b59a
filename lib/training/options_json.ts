import { custom } from '../schedules/custom.js';
import type { PlateauSchedule } from '../schedules/reduce_on_plateau.js';
import { type ScheduleDescription, from as scheduleFrom } from '../schedules/schedule.js';

/**
 * The options of a trainer as JSON. A function of the step is described as `schedules.custom` is. Plateau schedules are
 * numbered, so that {@link optionsFrom} makes one schedule again of one that several options share.
 */
export function optionsJson(options: { loss: unknown }, plateaus: readonly PlateauSchedule[]): string {
  return JSON.stringify(options, function (this: unknown, _, value) {
    if (typeof value === 'function' && this !== options.loss)
      return custom(value as (step: number) => number).description;
    const index = plateaus.findIndex(({ description }) => description === value);
    return index < 0 ? value : { ...value, [indexKey]: index };
  });
}

const indexKey = 'sharedPlateau';

/** The options that {@link optionsJson} wrote. They are not checked. */
export function optionsFrom(json: string): object {
  const plateaus: unknown[] = [];
  return JSON.parse(json, (_, value) => {
    if (typeof value?.[indexKey] !== 'number') return value;
    const { [indexKey]: index, ...description } = value as ScheduleDescription & Record<string, number>;
    plateaus[index!] ??= scheduleFrom(description);
    return plateaus[index!];
  });
}
