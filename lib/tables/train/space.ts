import { type Checks, checkedOptions, integer, numberIn, oneOf } from '../../checks/checked_options.js';
import { isPlainObject } from '../../checks/kinds.js';
import { checkArray } from '../../checks/lists.js';
import { checkOptions } from '../../checks/options.js';
import { checkNumber, nonNegative, positive, type Range } from '../../checks/ranges.js';
import { errorWith } from '../../errors.js';
import { type Activation, activations } from '../../layers/layer.js';
import type { Random } from '../../numbers/random.js';
import { checkHidden, checkSetting } from './options.js';
import { checkRuleName, decays } from './rules.js';
import { type NetworkSetting, rateFor } from './setting.js';

/** A range of positive numbers. All decades are equally likely. */
export interface LogRange {
  readonly from: number;
  readonly to: number;
}

/** The choices of a search: one of several values, or a number in a range. The search does not change what is left out. */
export interface SearchSpace {
  /** Names of rules. */
  readonly rule?: readonly string[] | undefined;
  /** Default, unless options give a learning rate: a tenth to ten times the default rate. */
  readonly learningRate?: readonly number[] | LogRange | undefined;
  readonly weightDecay?: readonly number[] | LogRange | undefined;
  /** Widths of the hidden layers, such as `[[32], [64, 32]]`. At least one layer is needed. */
  readonly hidden?: readonly (readonly number[])[] | undefined;
  readonly batchSize?: readonly number[] | undefined;
  /** Numbers of members. The time of a training is about in proportion to them. */
  readonly members?: readonly number[] | undefined;
  /** Functions of the hidden units. */
  readonly activation?: readonly Activation[] | undefined;
}

/**
 * The default space. The steps of these rules are bounded, so a setting that suits one network does not make another diverge.
 */
export const usualSpace: SearchSpace = {
  rule: ['adamw', 'nadam', 'lion'],
  weightDecay: { from: 1e-4, to: 1 },
  hidden: [[16], [32], [64], [128], [256], [32, 16], [64, 32], [128, 64], [256, 128], [64, 32, 16], [128, 64, 32]],
};

/** The largest factor between the default learning rate and those of a search. */
const rateFactor = 10;

const checks = {
  rule: choicesOf(checkRuleName),
  learningRate: numbersIn(positive),
  weightDecay: numbersIn(nonNegative),
  hidden: choicesOf(checkSomeHidden),
  batchSize: choicesOf(integer(1)),
  members: choicesOf(checkSetting.members),
  activation: choicesOf(oneOf(...activations)),
} satisfies Checks<SearchSpace>;

/** A space whose parts are in one order. @throws TypeError, RangeError for an invalid space. */
export function checkSpace(space: SearchSpace): SearchSpace {
  const checked = checkedOptions('space', space, checks, (name) => `space.${name}`);
  const names = Object.keys(checks) as (keyof SearchSpace)[];
  return Object.fromEntries(names.flatMap((name) => (checked[name] === undefined ? [] : [[name, checked[name]]])));
}

function checkSomeHidden(name: string, widths: readonly number[]): readonly number[] {
  const checked = checkHidden(name, widths);
  if (checked.length > 0) return checked;
  throw errorWith('ERR_SHAPE', `${name} has no layers; hidden: [] in place of space.hidden is for a linear model`);
}

function choicesOf<T>(check: (name: string, value: T) => T) {
  return (name: string, given: readonly T[]): readonly T[] => {
    const list = checkArray(name, given, 'an array', (value, i) => check(`${name}[${i}]`, value as T));
    if (list.length > 0) return list;
    throw errorWith('ERR_SHAPE', `${name} is empty; leave it out, or give values to choose from`);
  };
}

function numbersIn(range: Range) {
  return (name: string, given: readonly number[] | LogRange): readonly number[] | LogRange => {
    if (!isRange(given)) return choicesOf(numberIn(range))(name, given);
    checkOptions(name, given, ['from', 'to']);
    const from = checkNumber(`${name}.from`, given.from, positive);
    const upward = { expected: `a finite number ≥ ${from}`, allows: (x: number) => x >= from && x < Infinity };
    return { from, to: checkNumber(`${name}.to`, given.to, upward) };
  };
}

const isRange = (given: readonly number[] | LogRange): given is LogRange => isPlainObject(given);

/**
 * Draws a setting: first the rule and the widths, then the numbers for the rule.
 *
 * @param fixed Values of what is not in the space.
 */
export function drawn(space: SearchSpace, fixed: NetworkSetting, random: Random): NetworkSetting {
  const one = <T>(values: readonly T[] | undefined, fallback: T): T =>
    values === undefined ? fallback : values[random.index(values.length)]!;
  const number = (values: readonly number[] | LogRange | undefined, fallback: number | undefined) => {
    if (values === undefined || !isRange(values)) return one(values, fallback);
    const { from, to } = values;
    return short(from * (to / from) ** random.uniform());
  };
  const [rule, hidden] = [one(space.rule, fixed.rule), one(space.hidden, fixed.hidden)];
  const usual = rateFor({ rule, hidden });
  const aroundUsual =
    fixed.learningRate === undefined ? { from: usual / rateFactor, to: usual * rateFactor } : undefined;
  const learningRate = number(space.learningRate ?? aroundUsual, fixed.learningRate);
  const weightDecay = number(space.weightDecay, fixed.weightDecay);
  const batchSize = one(space.batchSize, fixed.batchSize);
  return {
    rule,
    hidden,
    learningRate,
    weightDecay: decays(rule) ? weightDecay : undefined,
    batchSize,
    members: one(space.members, fixed.members),
    activation: one(space.activation, fixed.activation),
    softmax: fixed.softmax,
  };
}

/** A number rounded to three digits, so that it is easy to copy. */
const short = (x: number): number => Number(x.toPrecision(3));
