import { type Checks, checkedOptions, integer, numberIn } from '../../checks/checked_options.js';
import { isPlainObject } from '../../checks/kinds.js';
import { checkArray } from '../../checks/lists.js';
import { checkOptions } from '../../checks/options.js';
import { checkNumber, nonNegative, positive, type Range } from '../../checks/ranges.js';
import { errorWith } from '../../errors.js';
import type { Random } from '../../numbers/random.js';
import { checkHidden } from './options.js';
import { checkRuleName, decays } from './rules.js';
import { type NetworkSetting, rateFor } from './setting.js';

/** Numbers between two positive ones, drawn so that each decade is as likely as any other. */
export interface LogRange {
  readonly from: number;
  readonly to: number;
}

/** What a search may choose: one of several values, or a number of a range. What is left out is as without a search. */
export interface SearchSpace {
  /** Names of rules. */
  readonly rule?: readonly string[] | undefined;
  /** Default, if there is no learning rate among the options: a tenth to ten times the rate without a search. */
  readonly learningRate?: readonly number[] | LogRange | undefined;
  readonly weightDecay?: readonly number[] | LogRange | undefined;
  /** Widths of the hidden layers, one at least, as `[[32], [64, 32]]`. */
  readonly hidden?: readonly (readonly number[])[] | undefined;
  readonly batchSize?: readonly number[] | undefined;
}

/**
 * What is searched where neither the space nor an option says otherwise. The steps of these rules are bounded: what one
 * network is trained well with does not make another one diverge.
 */
export const usualSpace: SearchSpace = {
  rule: ['adamw', 'nadam', 'lion'],
  weightDecay: { from: 1e-4, to: 1 },
  hidden: [[16], [32], [64], [128], [256], [32, 16], [64, 32], [128, 64], [256, 128], [64, 32, 16], [128, 64, 32]],
};

/** How far from the usual rate a search goes, unless it is told to. */
const rateFactor = 10;

const checks = {
  rule: choicesOf(checkRuleName),
  learningRate: numbersIn(positive),
  weightDecay: numbersIn(nonNegative),
  hidden: choicesOf(checkSomeHidden),
  batchSize: choicesOf(integer(1)),
} satisfies Checks<SearchSpace>;

/** A space whose parts are in one order. @throws TypeError, RangeError for what is no space. */
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
 * Draws a setting: the rule and the widths, then the numbers that go with the rule.
 *
 * @param fixed What is not in the space.
 */
export function drawn(space: SearchSpace, fixed: NetworkSetting, rows: number, random: Random): NetworkSetting {
  const one = <T>(values: readonly T[] | undefined, fallback: T): T =>
    values === undefined ? fallback : values[random.index(values.length)]!;
  const number = (values: readonly number[] | LogRange | undefined, fallback: number | undefined) => {
    if (values === undefined || !isRange(values)) return one(values, fallback);
    const { from, to } = values;
    return short(from * (to / from) ** random.uniform());
  };
  const [rule, hidden] = [one(space.rule, fixed.rule), one(space.hidden, fixed.hidden)];
  const usual = rateFor({ rule, hidden }, rows);
  const aroundUsual =
    fixed.learningRate === undefined ? { from: usual / rateFactor, to: usual * rateFactor } : undefined;
  const learningRate = number(space.learningRate ?? aroundUsual, fixed.learningRate);
  const weightDecay = number(space.weightDecay, fixed.weightDecay);
  const batchSize = one(space.batchSize, fixed.batchSize);
  return { rule, hidden, learningRate, weightDecay: decays(rule) ? weightDecay : undefined, batchSize };
}

/** A number with three digits, which people can copy. */
const short = (x: number): number => Number(x.toPrecision(3));
