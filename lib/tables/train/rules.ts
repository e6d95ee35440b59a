import { checkOneOf } from '../../checks/options.js';
import '../../optimizers/adamw.js'; // the default rule
import { checkRule, defaultRules, type Rule } from '../../optimizers/rule.js';

/** Default learning rates for tables, if they differ from the rule's default. */
const usualRates: Readonly<Record<string, number>> = { sgd: 0.03, momentum: 0.1 };

const defaults = (): Map<string, Rule> => new Map(defaultRules().map((rule) => [rule.name, rule]));

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless it is the name of a rule. */
export const checkRuleName = (name: string, value: unknown): string => checkOneOf(name, value, [...defaults().keys()]);

/** Whether a rule has the option weightDecay. */
export const decays = (rule: string): boolean => 'weightDecay' in defaults().get(rule)!;

/** The default learning rate for rules other than AdamW. */
export const usualRate = (rule: string): number => usualRates[rule] ?? (defaults().get(rule)!.learningRate as number);

/** @throws TypeError `ERR_INVALID_ARGUMENT` for a weight decay if the rule has none. */
export const ruleOf = (name: string, learningRate: number, weightDecay: number | undefined): Rule =>
  checkRule('rule', { name, learningRate, ...(weightDecay === undefined ? {} : { weightDecay }) });
