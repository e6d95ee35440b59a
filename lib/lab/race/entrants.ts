import { isPlainObject } from '../../checks/kinds.js';
import { checkArray } from '../../checks/lists.js';
import { checkOptions } from '../../checks/options.js';
import { checkInteger } from '../../checks/ranges.js';
import { invalid } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { type ErrorCode, type Rule, ruleFrom, type Schedule, schedules } from '../../index.js';
import { shortened } from '../check.js';

/** A rule that takes part in a race, with its schedules. */
export interface Entrant {
  /** Default: the rule with its learning rate. */
  readonly name?: string | undefined;
  /** The rule, or its description as JSON. */
  readonly rule: Rule;
}

/** An entrant that has a name. */
export interface NamedEntrant extends Entrant {
  readonly name: string;
}

/** More lines than this could not be distinguished. */
export const mostEntrants = 8;

/**
 * Checks the entrants of a race, and gives each a name.
 *
 * @throws TypeError or RangeError for invalid rules, and for duplicate names.
 */
export function checkEntrants(given: unknown): NamedEntrant[] {
  const entrants = checkArray('entrants', given, 'an array of { rule }', (entrant, i) => {
    const where = `entrants[${i}]`;
    if (!isPlainObject(entrant)) throw invalid(where, 'an object { rule }', entrant);
    checkOptions(where, entrant as Entrant, ['name', 'rule']);
    const { name, rule } = entrant as Partial<Entrant>;
    const checked = within(where, () => ruleFrom(rule as Rule));
    if (schedulesIn(checked).some((schedule) => JSON.stringify(schedule).includes('"reduceOnPlateau"')))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `${where}: reduceOnPlateau needs the epochs of a run, which a race does not have`,
      );
    if (name !== undefined && (typeof name !== 'string' || name === '')) throw invalid(`${where}.name`, 'a text', name);
    return { name: name ?? nameOf(checked), rule: checked };
  });
  checkInteger('the number of entrants', entrants.length, 1, mostEntrants);
  const names = entrants.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', `two entrants are ${JSON.stringify(repeated)}: give them names`);
  return entrants;
}

/** Does the work, and adds the entrant to the message of an error. */
function within<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as Error & { code: ErrorCode };
    throw errorWith(code, `${where}: ${message}`);
  }
}

/** Whether an option of a checked rule is a schedule: no other one is a function. */
const isSchedule = (option: Rule[string]): option is Schedule => typeof option === 'function';

const schedulesIn = (rule: Rule): Schedule[] =>
  Object.entries(rule).flatMap(([key, value]) =>
    isSchedule(value) ? [value] : key === 'rule' ? schedulesIn(value as Rule) : [],
  );

function nameOf({ name, rule, ...options }: Rule): string {
  if (rule !== undefined) return `${name} of ${nameOf(rule as Rule)}`;
  const { learningRate } = options;
  if (!isSchedule(learningRate!)) return `${name}, η = ${shortened(learningRate as number)}`;
  const { description } = learningRate;
  const rate = description.from ?? description.peak;
  return `${name}, ${description.name}${typeof rate === 'number' ? ` of ${shortened(rate)}` : ''}`;
}

/** A rule with schedules that span the whole run, although it is trained in several parts. */
export function ruleOver(rule: Rule, run: schedules.ClosedOptions): Rule {
  const spread = Object.entries(rule).map(([key, value]) => {
    if (isSchedule(value)) return [key, schedules.closed(value, run)];
    return [key, key === 'rule' ? ruleOver(value as Rule, run) : value];
  });
  return ruleFrom(Object.fromEntries(spread) as Rule);
}
