import type { Rule } from '../../optimizers/rule.js';
import { chain } from '../problems/quadratic.js';
import { largest, smallest } from '../spread.js';
import { type Descent, descend } from './bounds.js';

/** A method on chains of n = 2t + 1 for several t, with L = 1. */
export interface Family {
  readonly descents: readonly Descent[];
  /** (R(θ(t)) − R*) / (L‖θ(0) − θ*‖²) on the chain that is worst for t. */
  readonly worst: readonly number[];
}

export async function onChains(
  rule: Rule,
  halves: readonly number[],
  steps: number,
  progress: () => Promise<void>,
): Promise<Family> {
  const descents: Descent[] = [];
  for (const half of halves) {
    descents.push(descend(chain(2 * half + 1, 1), rule, steps));
    await progress();
  }
  const worst = Array.from({ length: steps + 1 }, (_, t) =>
    largest(descents.map((descent) => excessAt(descent, t) / descent.distance2)),
  );
  return { descents, worst };
}

/** R(θ(t)) − R*, which stays as it is after a run's end. */
const excessAt = ({ excess, diverged }: Descent, t: number): number =>
  excess[t] ?? (diverged ? Infinity : excess.at(-1)!);

/** What some convex R lets no method get under that adds up gradients, in units of L‖θ(0) − θ*‖² (Nesterov 2004, theorem 2.1.7). */
export const lowerBound = (t: number): number => 3 / (32 * (t + 1) ** 2);

/** The least (R(θ(t)) − R*) / (L‖θ(0) − θ*‖²) as a share of the lower bound, each chain of n = 2t + 1 after t steps. */
export const leastShare = ({ descents }: Family): number =>
  smallest(
    descents.map((descent) => {
      const t = (descent.problem.start.length - 1) / 2;
      return excessAt(descent, t) / (lowerBound(t) * descent.distance2);
    }),
  );

/**
 * R(θ(t)) − R* of the best sum of the gradients that t steps can see on the chain of n numbers with L = 1: the first t of them alone can differ
 * from 0.
 */
export const leastOnChain = (size: number, t: number): number => (1 / (t + 1) - 1 / (size + 1)) / 8;

/** How far R(θ(t)) − R* gets under that, of all t < n. */
export const mostUnderLeast = ({ descents }: Family): number =>
  largest(
    descents.map(({ problem: { start }, excess }) =>
      excess
        .slice(0, start.length)
        .reduce((most, measured, t) => Math.max(most, leastOnChain(start.length, t) - measured), -Infinity),
    ),
  );
