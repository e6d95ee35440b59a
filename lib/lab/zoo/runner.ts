import type { Member } from './rule_families.js';
import type { Descent } from './valley.js';

/** A rule with its tuned learning rate, and its runs. */
export interface Runner {
  readonly member: Member;
  readonly rate: number;
  readonly descent: Descent;
}

/** R − R* of each run at the end. */
export const endOf = ({ descent }: Runner): Float64Array => descent.excess.at(-1)!;

/** The share of runs in which a is less than b. Runs with equal index have the same noise. */
export const shareBelow = (a: Float64Array, b: Float64Array): number =>
  a.filter((value, i) => value < b[i]!).length / a.length;
