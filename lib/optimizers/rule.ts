import { addon } from '../addon/index.js';
import { checkBoolean, checkNumber, checkOneOf, checkOptions, invalid, orDefault, type Range } from '../checks.js';
import { errorWith } from '../errors.js';
import { type Schedule, type ScheduleDescription, from as scheduleFrom } from '../schedules/index.js';
import { isSchedule } from '../schedules/schedule.js';

/** A number, or how it changes from step to step. */
export type Hyperparameter = number | Schedule;

/** An update rule with its hyperparameters: a frozen plain object, which an `Optimizer` or `fit` binds to parameters. */
export interface Rule {
  readonly name: string;
  readonly [option: string]: string | boolean | Hyperparameter;
}

/** What the upper floor knows of a rule: the ranges and defaults of its hyperparameters, and which formula runs it. */
interface Definition {
  name: string;
  hyperparameters: Record<string, { range: Range; default: number }>;
  flags: Record<string, boolean>;
  /** What its options must be together. */
  check?: (rule: Rule) => void;
  /** The name of the formula in native/core/optimizers. */
  kernel: (rule: Rule) => string;
}

const registry = new Map<string, { definition: Definition; make: (options: object) => Rule }>();

/** Registers a rule and returns the function that makes it from options, checked. */
export function defineRule(definition: Definition): (options: object) => Rule {
  const { name, hyperparameters, flags } = definition;
  const known = [...Object.keys(hyperparameters), ...Object.keys(flags)];
  const make = (options: object) => {
    checkOptions(name, options, known);
    const given = options as Record<string, unknown>;
    const rule: Record<string, string | boolean | Hyperparameter> = { name };
    for (const [key, { range, default: value }] of Object.entries(hyperparameters))
      rule[key] = hyperparameter(`${name}.${key}`, orDefault(given[key], value), range);
    for (const [key, value] of Object.entries(flags))
      rule[key] = checkBoolean(`${name}.${key}`, orDefault(given[key], value));
    definition.check?.(rule as Rule);
    return Object.freeze(rule) as Rule;
  };
  registry.set(name, { definition, make });
  return make;
}

function hyperparameter(name: string, value: unknown, range: Range): Hyperparameter {
  if (isSchedule(value)) return value;
  if (value !== null && typeof value === 'object' && 'name' in value) return scheduleFrom(value as ScheduleDescription);
  if (typeof value !== 'number') throw invalid(name, `${range.expected} or a schedule`, value);
  return checkNumber(name, value, range);
}

/** A rule made ready to run: the formula's name, and its hyperparameters as rows of numbers. */
export interface BoundRule {
  readonly rule: Rule;
  readonly kernel: string;
  readonly states: readonly string[];
  /** How many numbers a row holds. */
  readonly width: number;
  /** −1 where the objective is maximised. */
  readonly gradientScale: number;
  /** Whether any hyperparameter changes from step to step. */
  readonly scheduled: boolean;
  /** η of a step, 0 for the first. */
  learningRate(step: number): number;
  /** Writes the row of a step (0 for the first) at `offset`; with `decay: false`, weight decay is left out. */
  fill(row: Float64Array, offset: number, step: number, decay: boolean): void;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT`, naming the argument, where `rule` is not one of ours. */
export function bindRule(name: string, rule: Rule): BoundRule {
  if (rule === null || typeof rule !== 'object' || typeof rule.name !== 'string')
    throw invalid(name, 'an update rule such as adam({ learningRate: 1e-3 })', rule);
  const { definition, make } = registry.get(checkOneOf('rule', rule.name, [...registry.keys()]))!;
  const { name: ruleName, ...options } = rule;
  const checked = make(options);
  const kernel = definition.kernel(checked);
  const { hyperparameters, states } = addon.rules()[kernel]!;
  const values = hyperparameters.map((key) => checked[key] as Hyperparameter | boolean);
  return {
    rule: checked,
    kernel,
    states,
    width: hyperparameters.length,
    gradientScale: checked.maximize === true ? -1 : 1,
    scheduled: values.some(isSchedule),
    learningRate(step) {
      const { learningRate } = checked;
      return typeof learningRate === 'function' ? learningRate(step) : (learningRate as number);
    },
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
  };
}

function scheduled(name: string, schedule: Schedule, step: number, range: Range): number {
  const value = schedule(step);
  if (!range.allows(value))
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `Expected ${range.expected} for ${name}, but its schedule gives ${value} at step ${step}`,
    );
  return value;
}
