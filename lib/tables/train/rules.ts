import { checkOneOf } from '../../checks/options.js';
import '../../optimizers/adamw.js'; // the rule unless another is named
import { checkRule, defaultRules, type Rule } from '../../optimizers/rule.js';

/** Rates to begin with, where the rule's own default is not one for networks over tables. */
const usualRates: Readonly<Record<string, number>> = { sgd: 0.03, momentum: 0.1 };

const defaults = (): Map<string, Rule> => new Map(defaultRules().map((rule) => [rule.name, rule]));

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless it is the name of a rule. */
export const checkRuleName = (name: string, value: unknown): string => checkOneOf(name, value, [...defaults().keys()]);

/** Whether a rule has the option weightDecay. */
export const decays = (rule: string): boolean => 'weightDecay' in defaults().get(rule)!;

/** The rate to begin with under a rule other than AdamW. */
export const usualRate = (rule: string): number => usualRates[rule] ?? (defaults().get(rule)!.learningRate as number);

/** @throws TypeError `ERR_INVALID_ARGUMENT` for a weight decay that the rule does not have. */
export const ruleOf = (name: string, learningRate: number, weightDecay: number | undefined): Rule =>
  checkRule('rule', { name, learningRate, ...(weightDecay === undefined ? {} : { weightDecay }) });
