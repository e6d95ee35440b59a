import type { Method, Rule } from '../../index.js';
import { chain } from '../problems/quadratic.js';
import { largest, smallest } from '../spread.js';
import { type Descent, type DescentMadeFor, descend } from './bounds.js';

/** Runs of a method on chains of n = 2t + 1 numbers for several t, with L = 1. */
export interface Family {
  /** Each made for t. */
  readonly descents: readonly DescentMadeFor[];
  /** (R(θ(t)) − R*) / (L‖θ(0) − θ*‖²) for each t, the largest of all chains. */
  readonly worst: readonly number[];
}

export async function onChains(
  rule: Rule | Method,
  halves: readonly number[],
  steps: number,
  progress: () => Promise<void>,
): Promise<Family> {
  const descents: DescentMadeFor[] = [];
  for (const half of halves) {
    descents.push({ count: half, ...descend(chain(2 * half + 1, 1), rule, steps) });
    await progress();
  }
  const worst = Array.from({ length: steps + 1 }, (_, t) =>
    largest(descents.map((descent) => excessAt(descent, t) / descent.distance2)),
  );
  return { descents, worst };
}

/** R(θ(t)) − R*. After the end of a run it is the last value, or Infinity if the run diverged. */
const excessAt = ({ excess, diverged }: Descent, t: number): number =>
  excess[t] ?? (diverged ? Infinity : excess.at(-1)!);

/** Lower bound of R(θ(t)) − R* in units of L‖θ(0) − θ*‖², for sums of gradients (Nesterov 2004, theorem 2.1.7). */
export const lowerBound = (t: number): number => 3 / (32 * (t + 1) ** 2);

/** The smallest ratio of R(θ(t)) − R* to the lower bound, each chain of n = 2t + 1 after t steps. */
export const leastShare = ({ descents }: Family, bound = lowerBound): number =>
  smallest(descents.map((descent) => excessAt(descent, descent.count) / (bound(descent.count) * descent.distance2)));

/**
 * The smallest R(θ(t)) − R* that a sum of t gradients can reach on the chain of n numbers with L = 1. Only the first t
 * numbers can differ from 0 by then.
 */
export const leastOnChain = (size: number, t: number): number => (1 / (t + 1) - 1 / (size + 1)) / 8;

/** The largest amount by which R(θ(t)) − R* is below {@link leastOnChain}, over all chains and all t from 1 to n − 1. */
export const mostBelowLeast = ({ descents }: Family, least = leastOnChain): number =>
  largest(
    descents.map(({ problem: { start }, excess }) =>
      excess
        .slice(1, start.length)
        .reduce((most, measured, i) => Math.max(most, least(start.length, i + 1) - measured), -Infinity),
    ),
  );
