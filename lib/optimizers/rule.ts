import { addon, type NativeRule } from '../addon/index.js';
import { isObject } from '../checks/kinds.js';
import { named } from '../checks/named.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkNumber, finite, type Range } from '../checks/ranges.js';
import { invalid, shown } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { custom as customSchedule } from '../schedules/custom.js';
import { isSchedule, type Schedule, type ScheduleDescription, from as scheduleFrom } from '../schedules/schedule.js';

/** A number, a schedule of it over steps, or a pure function of the step, 0 for the first ({@link schedules.custom}). */
export type Hyperparameter = number | Schedule | ((step: number) => number);

/**
 * An update rule with its hyperparameters: a frozen plain object, which an `Optimizer` or `fit` binds to parameters.
 */
export interface Rule {
  readonly name: RuleName;
  readonly [option: string]: string | boolean | Hyperparameter | Rule;
}

/** Names of update rules, and of the wrappers around them. */
export type RuleName =
  | 'adadelta'
  | 'adafactor'
  | 'adagrad'
  | 'adam'
  | 'adamax'
  | 'adamw'
  | 'adan'
  | 'asgd'
  | 'ftrl'
  | 'lamb'
  | 'lars'
  | 'lion'
  | 'lookahead'
  | 'momentum'
  | 'muon'
  | 'nadam'
  | 'prodigy'
  | 'radam'
  | 'rmsprop'
  | 'rowWiseAdagrad'
  | 'rprop'
  | 'sam'
  | 'scheduleFree'
  | 'sgd';

/**
 * A full-batch method with its options: a frozen plain object, which only `minimize` takes. It needs the whole objective,
 * not just a gradient.
 */
export interface Method {
  readonly name: 'accelerated' | 'gradientDescent' | 'lbfgs';
  readonly [option: string]: string | Hyperparameter;
}

/**
 * The TypeScript side of a rule: ranges and defaults of its options, and the formula that runs it. {@link NativeRule}
 * has the formula's traits.
 */
interface Definition<Options> {
  name: RuleName;
  /** A default may be a function of the given options. */
  hyperparameters: Record<
    NamesOf<Options, Hyperparameter>,
    { range: Range; default: number | ((options: Record<string, unknown>) => number) }
  >;
  flags?: Record<NamesOf<Options, boolean>, boolean>;
  /** Options that are one of several words. The first word is the default. */
  choices?: Record<NamesOf<Options, string>, readonly string[]>;
  /** Checks options that depend on each other. */
  check?: (rule: Rule) => void;
  /** Name of the formula in native/core/optimizers for an array of this form. */
  kernel: (rule: Rule, form: Form) => string;
}

/**
 * What a rule may make differences between: vectors; matrices, of two or more dimensions; and the weights of a layer,
 * which are matrices whose outputs lie along the columns.
 */
export type Form = 'vector' | 'matrix' | 'weights';

/** Names of the options of one type. */
type NamesOf<Options, Type> = {
  [Name in keyof Options]-?: NonNullable<Options[Name]> extends Type ? Name : never;
}[keyof Options] &
  string;

type AnyDefinition = Definition<Record<string, never>>; // with all names

const registry = new Map<
  string,
  { definition: AnyDefinition; known: readonly string[]; make: (options: object) => Rule }
>();

/** Registers a rule, and returns the function that makes it from options and checks them. */
export function defineRule<Options extends object>(given: Definition<Options>): (options?: Options) => Rule {
  const definition = given as unknown as AnyDefinition;
  const { name, hyperparameters, flags = {}, choices = {} } = definition;
  const known = [hyperparameters, flags, choices].flatMap(Object.keys);
  const make = (options: object = {}) => {
    checkOptions(name, options, known);
    const given = options as Record<string, unknown>;
    const rule: { name: RuleName; [option: string]: string | boolean | Hyperparameter } = { name };
    for (const [key, { range, default: value }] of Object.entries(hyperparameters)) {
      const fallback = typeof value === 'function' ? value(given) : value;
      rule[key] = checkHyperparameter(`${name}.${key}`, orDefault(given[key], fallback), range);
    }
    for (const [key, value] of Object.entries(flags))
      rule[key] = checkBoolean(`${name}.${key}`, orDefault(given[key], value));
    for (const [key, words] of Object.entries(choices))
      rule[key] = checkOneOf(`${name}.${key}`, orDefault(given[key], words[0]), words);
    definition.check?.(rule);
    return Object.freeze(rule);
  };
  registry.set(name, { definition, known, make });
  return named(name, make);
}

/** `within` are the names of the wrappers around a rule, so that none wraps it twice. */
type Wrap = (rule: unknown, options: object, within: readonly string[]) => Rule;

const wrappers = new Map<string, Wrap>();

/** Registers a wrapper `{ name, rule, ...options }`, and returns the function that makes it. */
export function defineWrapper<Options extends object>(
  name: RuleName,
  check: (options: Options) => Record<string, Hyperparameter>,
): (rule: Rule, options?: Options) => Rule {
  const wrap = (rule: unknown, options: Options, within: readonly string[]) => {
    if (within.includes(name)) throw errorWith('ERR_INVALID_ARGUMENT', `${name} wraps a rule only once`);
    const inner = checkRule(`${name}'s rule`, rule, [...within, name]);
    return Object.freeze({ name, rule: inner, ...check(options) }) as Rule;
  };
  wrappers.set(name, wrap as Wrap);
  return named(name, (rule, options = {} as Options) => wrap(rule, options, []));
}

const methods = new Map<string, (options: object) => Method>();

/**
 * Registers a full-batch method, and returns the function that makes it from options and checks them. Options that
 * `check` returns as `undefined` are left out.
 */
export function defineMethod<Options extends object>(
  name: Method['name'],
  known: readonly (keyof Options & string)[],
  check: (options: Options) => Record<string, string | Hyperparameter | undefined>,
): (options?: Options) => Method {
  const make = (options: Options = {} as Options) => {
    checkOptions(name, options, known);
    const set = Object.entries(check(options)).filter(([, value]) => value !== undefined);
    return Object.freeze({ name, ...Object.fromEntries(set) }) as Method;
  };
  methods.set(name, make as (options: object) => Method);
  return named(name, make);
}

/** Whether it is a full-batch method, not a rule. */
export const isMethod = (rule: Rule | Method): rule is Method => methods.has(rule.name);

/** {@link checkRule}, which here also takes full-batch methods. */
export function checkRuleOrMethod(name: string, rule: unknown): Rule | Method {
  if (!isObject(rule)) return checkRule(name, rule);
  const { name: ruleName, ...options } = rule as { name?: unknown }; // each property is read once
  const method = methods.get(ruleName as string);
  return method ? method(options) : checkRule(name, { ...options, name: ruleName });
}

export function checkHyperparameter(name: string, value: unknown, range: Range): Hyperparameter {
  if (isSchedule(value)) return value;
  if (typeof value === 'function') return customSchedule(value as (step: number) => number);
  if (isObject(value) && 'name' in value) return scheduleFrom(value as ScheduleDescription);
  if (typeof value !== 'number') throw invalid(name, `${range.expected} or a schedule`, value);
  return checkNumber(name, value, range);
}

/**
 * Checks a rule, and makes it from its description.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, with the name of the argument, if `rule` is not an update rule.
 */
export function checkRule(name: string, rule: unknown, within: readonly string[] = []): Rule {
  const { name: ruleName, ...options } = isObject(rule) ? (rule as { name?: unknown }) : {};
  if (typeof ruleName !== 'string') throw invalid(name, 'an update rule such as adam({ learningRate: 1e-3 })', rule);
  if (methods.has(ruleName))
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${name}: ${ruleName} needs the whole objective: give it to minimize(…, { rule: ${ruleName}() })`,
    );
  const wrap = wrappers.get(ruleName);
  const known = [...registry.keys(), ...wrappers.keys(), ...methods.keys()];
  if (!wrap) return registry.get(checkOneOf('rule', ruleName, known))!.make(options);
  const { rule: inner, ...others } = options as { rule?: unknown };
  return wrap(inner, others, within);
}

/**
 * A rule with all of its options, from its description as JSON: `ruleFrom({ name: 'adam', learningRate: 0.01 })`.
 * Schedules in it may be descriptions as well.
 *
 * @throws TypeError, RangeError for an unknown name or options that don't fit.
 */
export const ruleFrom = (description: Rule): Rule => checkRule('rule', description);

/** A rule ready to run: its formula, and its hyperparameters as numbers of a step record. */
export interface BoundRule {
  readonly rule: Rule;
  /** Name and traits of the formula. */
  readonly kernel: string;
  readonly formula: NativeRule;
  /** Number of hyperparameters in a step record. */
  readonly width: number;
  readonly maximize: boolean;
  /** The hyperparameters that change from step to step. */
  readonly schedules: readonly Schedule[];
  /** η of a step, 0 for the first. */
  learningRate(step: number): number;
  /** Writes the hyperparameters of a step (0 for the first) from `offset` on. */
  fill(row: Float64Array, offset: number, step: number): void;
  /** Whether the numbers from `offset` on are in the ranges of the hyperparameters. */
  allows(row: Float64Array, offset: number): boolean;
}

/** Whether a checked rule without wrappers needs the shapes of parameters. */
export function needsShape(rule: Rule): boolean {
  return nativeRules()[registry.get(rule.name)!.definition.kernel(rule, 'matrix')]!.takesMatrices;
}

/** All rules without wrappers, with their default options, for searches and forms. */
export const defaultRules = (): Rule[] => [...registry.values()].map(({ make }) => make({}));

/** Names of the rules that take sparse gradients with their default options. */
export function rulesForSparse(): string[] {
  const entries = [...registry].filter(
    ([, { definition, make }]) => nativeRules()[definition.kernel(make({}), 'matrix')]!.takesSparse,
  );
  return entries.map(([name]) => name);
}

/**
 * A checked rule without wrappers, with some options replaced; or the other rule that the group named `group` has, with
 * its options.
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

/** The formulas of the native side, by name. */
export const nativeRules = (): Record<string, NativeRule> => {
  formulas ??= addon.rules();
  return formulas;
};

/**
 * Binds a checked rule without wrappers to its formula for arrays of this form. Without `decay`, weight decay is 0.
 */
export function bindRule(rule: Rule, form: Form, { decay }: { decay: boolean }): BoundRule {
  const { definition } = registry.get(rule.name)!;
  const kernel = definition.kernel(rule, form);
  const formula = nativeRules()[kernel]!;
  const { hyperparameters } = formula;
  // A word stands for its place among the words that the option takes.
  const values = hyperparameters.map((key) => {
    const value = rule[key] as Hyperparameter | boolean | string;
    if (key === 'weightDecay' && !decay) return 0;
    return typeof value === 'string' ? definition.choices![key]!.indexOf(value) : value;
  });
  // Runs on single examples fill a record for each, so names are made once.
  const records = hyperparameters.map((key, i) => ({
    name: `${rule.name}.${key}`,
    value: typeof values[i] === 'boolean' ? Number(values[i]) : values[i]!,
    range: definition.hyperparameters[key]?.range ?? finite,
  }));
  return {
    rule,
    kernel,
    formula,
    width: hyperparameters.length,
    maximize: rule.maximize === true,
    schedules: values.filter(isSchedule),
    learningRate: (step) => valueAt(rule.learningRate as Hyperparameter, step),
    fill(row, offset, step) {
      for (let i = 0; i < records.length; ++i) {
        const { name, value, range } = records[i]!;
        row[offset + i] = typeof value === 'number' ? value : scheduled(name, value, step, range);
      }
    },
    allows: (row, offset) =>
      hyperparameters.every((key, i) => {
        const value = row[offset + i]!;
        const range = definition.hyperparameters[key]?.range;
        const words = definition.choices?.[key] ?? [false, true]; // of a flag
        return range ? range.allows(value) : value in words;
      }),
  };
}

export function valueAt(value: Hyperparameter, step: number): number {
  return typeof value === 'function' ? value(step) : value;
}

/**
 * The value of a hyperparameter at a step.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if a schedule leaves the range.
 */
export function scheduled(name: string, value: Hyperparameter, step: number, range: Range): number {
  if (typeof value === 'number') return value; // checked when the rule was made
  const result = value(step);
  if (!range.allows(result))
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `Expected ${range.expected} for ${name}, but its schedule gives ${shown(result)} at step ${step}`,
    );
  return result;
}
