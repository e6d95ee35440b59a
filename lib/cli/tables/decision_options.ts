import { decisionChecks } from '../../tables/decision.js';
import type { DecisionOptions } from '../../tables/index.js';
import { numberOr } from '../number.js';
import { jsonOf } from './json_of.js';

/** The options of a decision as texts. */
export interface DecisionTexts {
  threshold?: string;
  costs?: string;
}

/** The value of an option such as `{"ill": {"healthy": 10}}`. */
export const costsIn = (text: string) =>
  decisionChecks.costs('--costs', jsonOf('--costs', text, '{"ill": {"healthy": 10}}'));

/** @throws TypeError, RangeError that name the option. */
export const decisionIn = ({ threshold, costs }: DecisionTexts): DecisionOptions => ({
  threshold:
    threshold === undefined ? undefined : decisionChecks.threshold('--threshold', numberOr(threshold) as number),
  costs: costs === undefined ? undefined : costsIn(costs),
});
