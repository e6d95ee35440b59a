import { errorWith } from '../errors.js';
import { isObject, isPlainObject } from './kinds.js';
import { invalid, quoted } from './shown.js';
import { suggestion } from './suggestion.js';

/** The value of an option, or its default if it is `undefined`. Null is not replaced. */
export function orDefault<T>(value: T | undefined, fallback: T): T {
  return value === undefined ? fallback : value;
}

/** The value of an option that may be left out, checked. */
export const ifGiven = <T, Checked>(value: T | undefined, check: (value: T) => Checked): Checked | undefined =>
  value === undefined ? undefined : check(value);

/** The keys of all members of a union. */
type KeyOf<T> = T extends unknown ? keyof T & string : never;

/**
 * `Names`, if they are all options of `T`; otherwise a type that shows which one is missing or unknown. The names of
 * an object that is a map, and of a list that is made at run time, are not known here.
 */
type AllOptions<T, Names extends readonly string[]> = true extends
  | (string extends KeyOf<T> ? true : never)
  | (number extends Names['length'] ? true : never)
  ? Names
  : [Exclude<KeyOf<T>, Names[number]>, Exclude<Names[number], KeyOf<T>>] extends [never, never]
    ? Names
    : { missing: Exclude<KeyOf<T>, Names[number]>; unknown: Exclude<Names[number], KeyOf<T>> };

/**
 * Checks that `options` is a plain object whose keys are all known. The compiler checks that `known` has the names of all
 * options of its type, and no others.
 */
export function checkOptions<T, const Names extends readonly string[]>(
  where: string,
  options: T,
  known: AllOptions<T, Names> & Names,
): void {
  if (!isPlainObject(options)) throw invalid(`the options of ${where}`, 'a plain object', options);
  for (const key of Object.keys(options))
    if (!known.includes(key))
      throw errorWith('ERR_INVALID_ARGUMENT', `${where}: unknown option ${quoted(key)}.${suggestion(key, known)}`);
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` with the message of the first condition that is true. */
export function refuse(conditions: readonly (readonly [condition: unknown, message: string])[]): void {
  for (const [condition, message] of conditions) if (condition) throw errorWith('ERR_INVALID_ARGUMENT', message);
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalid(name, 'a boolean', value);
  return value;
}

export function checkFunction<F extends (...given: never[]) => unknown>(name: string, value: F): F {
  if (typeof value !== 'function') throw invalid(name, 'a function', value);
  return value;
}

export function checkOneOf<const Choice extends string>(
  name: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  if (typeof value !== 'string') throw invalid(name, `one of ${choices.join(', ')}`, value);
  if (!choices.includes(value as Choice))
    throw errorWith('ERR_INVALID_ARGUMENT', `unknown ${name} ${quoted(value)}.${suggestion(value, choices)}`);
  return value as Choice;
}

/** @throws TypeError unless it is an AbortSignal or undefined. */
export function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (
    signal !== undefined &&
    (!isObject(signal) ||
      typeof signal.aborted !== 'boolean' ||
      typeof signal.addEventListener !== 'function' ||
      typeof signal.removeEventListener !== 'function')
  )
    throw invalid('signal', 'an AbortSignal', signal);
  return signal;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` for options of a method that has none. */
export function checkNoOptions(where: string, [options]: readonly unknown[], because: string): void {
  if (options !== undefined) throw errorWith('ERR_INVALID_ARGUMENT', `${where} takes no options: ${because}`);
}
