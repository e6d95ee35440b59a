import type { Range } from '../../checks.js';
import { minimize } from '../../minimize/minimize.js';
import type { Rule } from '../../optimizers/rule.js';
import type { Point } from '../figure.js';
import { type ConvexProblem, quadratic } from '../problems/quadratic.js';
import type { Random } from '../random.js';

export const moreThan = (least: number): Range => ({
  expected: `a finite number > ${least}`,
  allows: (x) => Number.isFinite(x) && x > least,
});

/**
 * A quadratic with L = 1 and μ = 1/κ whose eigenvalues lie evenly in their logarithms. It begins where each of them has, but for chance,
 * the same share in R: otherwise a small one would hardly count, and κ would not tell how long it takes.
 */
export function conditioned(conditionNumber: number, dimensions: number, random: Random): ConvexProblem {
  const eigenvalues = Float64Array.from({ length: dimensions }, (_, i) => conditionNumber ** (-i / (dimensions - 1)));
  return quadratic(eigenvalues, { start: eigenvalues.map((lambda) => random.normal() / Math.sqrt(lambda)) });
}

/** What R − R* is to come to, as a share of what it was. */
const goal = 1e-6;

/** In how many steps R − R* comes to 10⁻⁶ of what it was, if each takes a share of it away. */
export const stepsAllowed = (share: number): number => Math.ceil(Math.log(goal) / Math.log1p(-share));

/** How many steps that takes; infinite where `most` are not enough. */
function stepsTaken(problem: ConvexProblem, rule: Rule, most: number): number {
  let enough = 0;
  const { status, steps } = minimize(problem, {
    rule,
    maxSteps: most,
    tolerance: 0,
    onNonFinite: 'stop',
    onStep({ step, loss }) {
      const excess = loss - problem.least;
      if (step === 0) enough = goal * excess;
      return excess > enough;
    },
  });
  return status === 'stopped' ? steps : Infinity;
}

interface Sweep<Name extends string> {
  readonly largest: number;
  readonly dimensions: number;
  readonly random: Random;
  /** By name: what it does on a problem. */
  readonly rules: Readonly<Record<Name, (problem: ConvexProblem) => Rule>>;
  readonly progress: (share: number) => Promise<void>;
}

/** Steps until R − R* is 10⁻⁶ of what it was, over condition numbers from 10 on, three in each decade. */
export async function stepsByCondition<Name extends string>(sweep: Sweep<Name>): Promise<Record<Name, Point[]>> {
  const { largest, dimensions, random, rules, progress } = sweep;
  const names = Object.keys(rules) as Name[];
  const counted = Object.fromEntries(names.map((name) => [name, [] as Point[]])) as Record<Name, Point[]>;
  const last = Math.max(2, Math.round(3 * Math.log10(largest / 10)));
  for (let i = 0; i <= last; ++i) {
    const kappa = 10 * (largest / 10) ** (i / last);
    const problem = conditioned(kappa, dimensions, random);
    for (const name of names)
      counted[name].push([kappa, stepsTaken(problem, rules[name](problem), stepsAllowed(1 / kappa))]);
    await progress(kappa / largest);
  }
  return counted;
}
