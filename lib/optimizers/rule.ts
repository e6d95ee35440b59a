import { addon, type NativeRule } from '../addon/index.js';
import { isObject } from '../checks/kinds.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, type Range } from '../checks/ranges.js';
import { invalid, shown } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { type Schedule, type ScheduleDescription, from as scheduleFrom } from '../schedules/index.js';
import { isSchedule } from '../schedules/schedule.js';

/** A number, or how it changes from step to step. */
export type Hyperparameter = number | Schedule;

/** An update rule with its hyperparameters: a frozen plain object, which an `Optimizer` or `fit` binds to parameters. */
export interface Rule {
  readonly name: string;
  readonly [option: string]: string | boolean | Hyperparameter | Rule;
}

/**
 * What the upper floor says of a rule: the ranges and defaults of its options, and which formula runs it. What the formula can do,
 * {@link NativeRule} tells.
 */
interface Definition {
  name: string;
  /** A default may depend on the other options, as they were given. */
  hyperparameters: Record<string, { range: Range; default: number | ((options: Record<string, unknown>) => number) }>;
  flags?: Record<string, boolean>;
  /** Options that are one of several words; the first is the default. */
  choices?: Record<string, readonly string[]>;
  /** What its options must be together. */
  check?: (rule: Rule) => void;
  /**
   * The name of the formula in native/core/optimizers, for matrices (and whatever has more dimensions) and for vectors. Of a layer's
   * weights, `outputs` is the side that its outputs are along.
   */
  kernel: (rule: Rule, isMatrix: boolean, outputs?: 'columns') => string;
}

const registry = new Map<
  string,
  { definition: Definition; known: readonly string[]; make: (options: object) => Rule }
>();

/** Registers a rule and returns the function that makes it from options, checked. */
export function defineRule(definition: Definition): (options: object) => Rule {
  const { name, hyperparameters, flags = {}, choices = {} } = definition;
  const known = [hyperparameters, flags, choices].flatMap(Object.keys);
  const make = (options: object) => {
    checkOptions(name, options, known);
    const given = options as Record<string, unknown>;
    const rule: Record<string, string | boolean | Hyperparameter> = { name };
    for (const [key, { range, default: value }] of Object.entries(hyperparameters)) {
      const fallback = typeof value === 'function' ? value(given) : value;
      rule[key] = checkHyperparameter(`${name}.${key}`, orDefault(given[key], fallback), range);
    }
    for (const [key, value] of Object.entries(flags))
      rule[key] = checkBoolean(`${name}.${key}`, orDefault(given[key], value));
    for (const [key, words] of Object.entries(choices))
      rule[key] = checkOneOf(`${name}.${key}`, orDefault(given[key], words[0]), words);
    definition.check?.(rule as Rule);
    return Object.freeze(rule) as Rule;
  };
  registry.set(name, { definition, known, make });
  return make;
}

/** The wrappers that a rule is within are named, so that none wraps it twice, however deep a description goes. */
type Wrap = (rule: Rule, options: object, within: readonly string[]) => Rule;

const wrappers = new Map<string, Wrap>();

/** Registers what wraps a rule, `{ name, rule, ...options }`, and returns the function that makes it. */
export function defineWrapper<Options extends object>(
  name: string,
  check: (options: Options) => Record<string, Hyperparameter>,
): (rule: Rule, options: Options) => Rule {
  const wrap = (rule: Rule, options: Options, within: readonly string[]) => {
    if (within.includes(name)) throw errorWith('ERR_INVALID_ARGUMENT', `${name} wraps a rule only once`);
    const inner = checkRule(`${name}'s rule`, rule, [...within, name]);
    return Object.freeze({ name, rule: inner, ...check(options) }) as Rule;
  };
  wrappers.set(name, wrap as Wrap);
  return (rule, options) => wrap(rule, options, []);
}

const methods = new Map<string, (options: object) => Rule>();

/**
 * Registers a method that needs the whole objective, which only `minimize` has, and returns the function that makes its rule from
 * options, checked. What `check` returns as `undefined` is left out.
 */
export function defineMethod<Options extends object>(
  name: string,
  known: readonly (keyof Options & string)[],
  check: (options: Options) => Record<string, string | Hyperparameter | undefined>,
): (options: Options) => Rule {
  const make = (options: Options) => {
    checkOptions(name, options, known);
    const set = Object.entries(check(options)).filter(([, value]) => value !== undefined);
    return Object.freeze({ name, ...Object.fromEntries(set) }) as Rule;
  };
  methods.set(name, make as (options: object) => Rule);
  return make;
}

/** Whether a checked rule needs the whole objective. */
export function isMethod(rule: Rule): boolean {
  return methods.has(rule.name);
}

/** {@link checkRule} where the whole objective is at hand. */
export function checkRuleOrMethod(name: string, rule: Rule): Rule {
  if (!isObject(rule)) return checkRule(name, rule);
  const { name: ruleName, ...options } = rule as Rule;
  const method = methods.get(ruleName);
  return method ? method(options) : checkRule(name, { ...options, name: ruleName } as Rule);
}

export function checkHyperparameter(name: string, value: unknown, range: Range): Hyperparameter {
  if (isSchedule(value)) return value;
  if (isObject(value) && 'name' in value) return scheduleFrom(value as ScheduleDescription);
  if (typeof value !== 'number') throw invalid(name, `${range.expected} or a schedule`, value);
  return checkNumber(name, value, range);
}

/** @throws TypeError `ERR_INVALID_ARGUMENT`, naming the argument, where `rule` is not one of ours. */
export function checkRule(name: string, rule: Rule, within: readonly string[] = []): Rule {
  const { name: ruleName, ...options }: Partial<Rule> = isObject(rule) ? rule : {};
  if (typeof ruleName !== 'string') throw invalid(name, 'an update rule such as adam({ learningRate: 1e-3 })', rule);
  if (methods.has(ruleName))
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${name}: ${ruleName} needs the whole objective: give it to minimize(…, { rule: ${ruleName}() })`,
    );
  const wrap = wrappers.get(ruleName);
  const known = [...registry.keys(), ...wrappers.keys(), ...methods.keys()];
  if (!wrap) return registry.get(checkOneOf('rule', ruleName, known))!.make(options);
  const { rule: inner, ...others } = options;
  return wrap(inner as Rule, others, within);
}

/** A rule made ready to run: the formula's name, and its hyperparameters as rows of numbers. */
export interface BoundRule {
  readonly rule: Rule;
  /** The formula's name, and what it can do. */
  readonly kernel: string;
  readonly formula: NativeRule;
  /** How many numbers a row holds. */
  readonly width: number;
  readonly maximize: boolean;
  /** The hyperparameters that change from step to step. */
  readonly schedules: readonly Schedule[];
  /** η of a step, 0 for the first. */
  learningRate(step: number): number;
  /** Writes the row of a step (0 for the first) at `offset`; with `decay: false`, weight decay is left out. */
  fill(row: Float64Array, offset: number, step: number, decay: boolean): void;
  /** Whether the numbers from `offset` on are such as `fill` writes. */
  allows(row: Float64Array, offset: number): boolean;
}

/** Whether a checked rule that nothing wraps treats matrices otherwise than vectors, so that parameters must say their shape. */
export function needsShape(rule: Rule): boolean {
  return nativeRules()[registry.get(rule.name)!.definition.kernel(rule, true)]!.takesMatrices;
}

/** The names of the rules that take sparse gradients for matrices, as their options are by default. */
export function rulesForSparse(): string[] {
  const entries = [...registry].filter(
    ([, { definition, make }]) => nativeRules()[definition.kernel(make({}), true)]!.takesSparse,
  );
  return entries.map(([name]) => name);
}

/**
 * A checked rule that nothing wraps, with other values for some of its options; or another rule, where a group (of this name)
 * says so.
 */
export function overridden(group: string, rule: Rule, overrides: object): Rule {
  const { rule: other, ...others } = overrides as { rule?: Rule };
  const { name, ...options } = other === undefined ? rule : checkRule(`${group}.rule`, other);
  const entry = registry.get(name);
  if (!entry)
    throw errorWith('ERR_INVALID_ARGUMENT', `${group}.rule: ${name} wraps the rule of all groups, not of one`);
  checkOptions(`${group} under ${name}`, others, entry.known);
  const given = Object.entries(others).filter(([, value]) => value !== undefined);
  return entry.make({ ...options, ...Object.fromEntries(given) });
}

let formulas: Record<string, NativeRule> | undefined;

/** What the ground floor tells of its formulas, asked for once. */
export const nativeRules = (): Record<string, NativeRule> => {
  formulas ??= addon.rules();
  return formulas;
};

/** Binds a checked rule that nothing wraps. */
export function bindRule(checked: Rule, isMatrix: boolean, outputs?: 'columns'): BoundRule {
  const { definition } = registry.get(checked.name)!;
  const ruleName = checked.name;
  const kernel = definition.kernel(checked, isMatrix, outputs);
  const formula = nativeRules()[kernel]!;
  const { hyperparameters } = formula;
  const values = hyperparameters.map((key) => checked[key] as Hyperparameter | boolean);
  return {
    rule: checked,
    kernel,
    formula,
    width: hyperparameters.length,
    maximize: checked.maximize === true,
    schedules: values.filter(isSchedule),
    learningRate: (step) => valueAt(checked.learningRate as Hyperparameter, step),
    fill(row, offset, step, decay) {
      for (let i = 0; i < values.length; ++i) {
        const value = values[i]!;
        const key = hyperparameters[i]!;
        if (!decay && key === 'weightDecay') row[offset + i] = 0;
        else if (typeof value === 'function')
          row[offset + i] = scheduled(`${ruleName}.${key}`, value, step, definition.hyperparameters[key]!.range);
        else row[offset + i] = Number(value);
      }
    },
    allows: (row, offset) =>
      hyperparameters.every((key, i) => {
        const value = row[offset + i]!;
        const range = definition.hyperparameters[key]?.range;
        return range ? range.allows(value) : value === 0 || value === 1; // a flag
      }),
  };
}

export function valueAt(value: Hyperparameter, step: number): number {
  return typeof value === 'function' ? value(step) : value;
}

/** @throws RangeError `ERR_OUT_OF_RANGE` where the schedule leaves its range. */
export function scheduled(name: string, value: Hyperparameter, step: number, range: Range): number {
  const result = valueAt(value, step);
  if (!range.allows(result))
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `Expected ${range.expected} for ${name}, but its schedule gives ${shown(result)} at step ${step}`,
    );
  return result;
}
