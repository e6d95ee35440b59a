import type { FloatType } from '../../../lib/addon';
import type { Hyperparameter, Rule } from '../../../lib/optimizers/rule';

/** One step of one parameter: accepts and returns θ, and updates the state in place. */
export type ScalarUpdate = (theta: number, gradient: number, state: number[]) => number;

/** A step that depends on sums over elements. */
export interface SummingStep {
  /** The terms of one element, in double like their sums. May update the element's state in place. */
  measure(theta: number, gradient: number, state: number[]): number[];
  /** The update, given the sums. */
  conclude(sums: number[]): ScalarUpdate;
}

/** An update rule, one number at a time. Kernels must give equal bits. */
export interface ScalarRule {
  states: string[];
  /** The range of sums, for a rule that depends on sums. */
  scope?: 'array' | 'everything';
  /**
   * The update of step t = 1, 2, …, called in order. Quantities that depend on t alone are computed in double and
   * rounded once.
   */
  at(t: number): ScalarUpdate | SummingStep;
}

export type Maker = (rule: Rule, type: FloatType) => ScalarRule;

/** The value of a hyperparameter at step t. */
export const valueAt = (rule: Rule, name: string, t: number): number => {
  const value = rule[name] as Hyperparameter;
  return typeof value === 'function' ? value(t - 1) : value;
};

/** The values of several hyperparameters at step t. */
export const valuesAt = <Name extends string>(rule: Rule, names: readonly Name[], t: number): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, valueAt(rule, name, t)])) as Record<Name, number>;
