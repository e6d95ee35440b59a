import type { FloatType, Hyperparameter, Rule } from 'glissade';

/** One step of one parameter: takes and returns θ, and changes its state in place. */
export type ScalarUpdate = (theta: number, gradient: number, state: number[]) => number;

/** A step that depends on sums over elements. */
export interface SummingStep {
  /** The terms of one element, whose state it may change in place; in double, as their sums. */
  measure(theta: number, gradient: number, state: number[]): number[];
  /** The update that follows from the sums. */
  conclude(sums: number[]): ScalarUpdate;
}

/** An update rule, one number at a time: what the kernels must equal bit for bit. */
export interface ScalarRule {
  states: string[];
  /** Over what sums go, for a rule whose steps depend on any. */
  scope?: 'array' | 'everything';
  /** The update of step t = 1, 2, …, asked for in turn: what depends on t alone is computed in double and rounded once. */
  at(t: number): ScalarUpdate | SummingStep;
}

export type Maker = (rule: Rule, type: FloatType) => ScalarRule;

/** The value of a hyperparameter at step t. */
export const valueAt = (rule: Rule, name: string, t: number): number => {
  const value = rule[name] as Hyperparameter;
  return typeof value === 'function' ? value(t - 1) : value;
};

/** The values of several. */
export const valuesAt = <Name extends string>(rule: Rule, names: readonly Name[], t: number): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, valueAt(rule, name, t)])) as Record<Name, number>;
