import type { FloatType, Hyperparameter, Rule } from 'glissade';

/** One step of one parameter: takes and returns θ, and changes its state in place. */
export type ScalarUpdate = (theta: number, gradient: number, state: number[]) => number;

/** An update rule, one number at a time: what the kernels must equal bit for bit. */
export interface ScalarRule {
  states: string[];
  /** The update of step t = 1, 2, …: what depends on t alone is computed in double and rounded once. */
  at(t: number): ScalarUpdate;
}

export type Maker = (rule: Rule, type: FloatType) => ScalarRule;

/** The value of a hyperparameter at step t. */
export const valueAt = (rule: Rule, name: string, t: number): number => {
  const value = rule[name] as Hyperparameter;
  return typeof value === 'function' ? value(t - 1) : value;
};
