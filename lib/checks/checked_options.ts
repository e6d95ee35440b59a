import { checkOneOf, checkOptions } from './options.js';
import { checkInteger, checkNumber, type Range } from './ranges.js';

/** Checks and converts the value of an option. `name` is what errors call it. */
export type Check<Value = never> = (name: string, value: Value) => unknown;

/** A check for each option of a type. */
export type Checks<Options> = { readonly [Name in keyof Options]-?: Check<Exclude<Options[Name], undefined>> };

/** Options that were checked; those that were not given are undefined. */
export type CheckedOptions<Table> = {
  readonly [Name in keyof Table]?: (Table[Name] extends Check ? ReturnType<Table[Name]> : never) | undefined;
};

/**
 * Checks options by a table that has a check for each of them, in the order of the table. Each option is read once, since a
 * getter may return another value later.
 *
 * @param nameOf What errors call an option. Default: its name.
 * @throws TypeError for an unknown option; the errors of the checks.
 */
export function checkedOptions<Table extends Readonly<Record<string, Check>>>(
  where: string,
  options: object,
  checks: Table,
  nameOf: (option: keyof Table & string) => string = (option) => option,
): CheckedOptions<Table> {
  checkOptions(where, options, Object.keys(checks));
  const given: Record<string, unknown> = { ...options };
  for (const [name, check] of Object.entries(checks))
    if (given[name] !== undefined) given[name] = check(nameOf(name), given[name] as never);
  return given as CheckedOptions<Table>;
}

export const oneOf =
  <const Choice extends string>(...choices: Choice[]) =>
  (name: string, value: unknown): Choice =>
    checkOneOf(name, value, choices);

export const integer =
  (least: number, most?: number) =>
  (name: string, value: unknown): number =>
    checkInteger(name, value, least, most);

export const numberIn =
  (range: Range) =>
  (name: string, value: unknown): number =>
    checkNumber(name, value, range);

/** Options with values for those that are undefined. */
export const withDefaults = <Options extends object, const Defaults extends Partial<Options>>(
  options: Options,
  defaults: Defaults,
): Omit<Options, keyof Defaults> & {
  readonly [Name in keyof Defaults & keyof Options]-?: Exclude<Options[Name], undefined>;
} =>
  Object.assign(
    {},
    options,
    Object.fromEntries(Object.entries(defaults).filter(([name]) => options[name as keyof Options] === undefined)),
  ) as never;
