import { isArray, isPlainObject } from '../checks/kinds.js';
import { checkFunction, checkOptions } from '../checks/options.js';
import { invalid, quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';

/** Functions for options that are functions of the step, by the path of each option. */
export type GivenSchedules = Readonly<Record<string, (step: number) => number>>;

export function checkGivenSchedules(given: unknown): GivenSchedules {
  if (given === undefined) return {};
  if (!isPlainObject(given)) throw invalid('schedules', 'an object of functions by the paths of options', given);
  return Object.fromEntries(
    Object.entries(given).map(([path, at]) => [path, checkFunction(`schedules[${quoted(path)}]`, at)]),
  );
}

/**
 * The options of a trainer's file, with the given functions in place of `schedules.custom`, which a file can't contain.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for one that is missing, or not needed.
 */
export function withFunctions(options: object, given: GivenSchedules): object {
  const needed: string[] = [];
  const replaced = (value: unknown, path: string): unknown => {
    if (isArray(value)) return value.map((one, i) => replaced(one, `${path}.${i}`));
    if (!isPlainObject(value)) return value;
    if ((value as { name?: unknown }).name === 'custom') {
      needed.push(path);
      return Object.hasOwn(given, path) ? given[path] : value;
    }
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, replaced(one, `${path}.${key}`)]));
  };
  const parts = Object.entries(options).map(([key, value]) => [key, key === 'loss' ? value : replaced(value, key)]);
  const missing = needed.find((path) => !Object.hasOwn(given, path));
  if (missing !== undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `the trainer's ${missing} is a function of the step, which a file can't contain; give it again, as Trainer.resume(from, { schedules: { ${quoted(missing)}: (step) => … } })`,
    );
  checkOptions('schedules', given, needed);
  return Object.fromEntries(parts);
}
