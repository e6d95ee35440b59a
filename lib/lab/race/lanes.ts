import { type Arrival, arrivalAt } from './arrivals.js';
import type { Course, Measurement } from './course.js';
import type { NamedEntrant } from './entrants.js';
import { type Estimate, estimate, logEstimate } from './interval.js';
import type { RaceTask } from './task.js';

/** What is measured. */
export type Quantity = 'loss' | 'gradientNorm' | 'score';

/** An entrant, with all of its networks. */
export interface Lane {
  readonly entrant: NamedEntrant;
  readonly courses: readonly Course[];
  readonly score: RaceTask['score'];
}

/** How many measurements all networks of a lane have. */
export const lengthOf = ({ courses }: Lane): number =>
  Math.min(...courses.map(({ measurements }) => measurements.length));

/**
 * A quantity at the k-th measurement, over the networks of a lane. Losses and norms are averaged by their logarithms.
 * The interval of a score ends where scores do.
 */
export function estimateAt({ courses, score }: Lane, quantity: Quantity, k: number): Estimate {
  const values = courses.map(({ measurements }) => measurements[k]![quantity]);
  if (quantity !== 'score') return logEstimate(values);
  const { mean, low, high } = estimate(values);
  return { mean, low: score === 'accuracy' ? Math.max(0, low) : low, high: Math.min(1, high) };
}

/** The mean step, or time, of the k-th measurement. */
export const placeOf = ({ courses }: Lane, axis: 'step' | 'seconds', k: number): number =>
  estimate(courses.map(({ measurements }) => measurements[k]![axis])).mean;

/** When each network that reaches a score does so. */
export const arrivalsOf = ({ courses }: Lane, score: number): Arrival[] =>
  courses.flatMap(({ measurements }: { measurements: readonly Measurement[] }) => arrivalAt(score, measurements) ?? []);

/** The mean of the last losses. Infinite if a network has diverged. */
export const lastLoss = (lane: Lane): number => estimateAt(lane, 'loss', lengthOf(lane) - 1).mean;
