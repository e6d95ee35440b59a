import { largest } from '../spread.js';
import { type Arrival, arrivalAt } from './arrivals.js';
import type { Course, Measurement } from './course.js';
import type { NamedEntrant } from './entrants.js';
import { estimate, type IntervalEstimate, logEstimate } from './interval.js';
import type { RaceTask } from './task.js';

/** What is measured. */
export type Quantity = 'loss' | 'gradientNorm' | 'score';

/** An entrant, with all of its networks. */
export interface Lane {
  readonly entrant: NamedEntrant;
  readonly courses: readonly Course[];
  readonly score: RaceTask['score'];
}

/** The largest number of measurements of its networks. */
export const lengthOf = ({ courses }: Lane): number => largest(courses.map(({ measurements }) => measurements.length));

/** The number of networks that have diverged. */
export const divergedIn = ({ courses }: Lane): number => courses.filter(({ isDiverged }) => isDiverged).length;

/** The k-th measurements of the networks that have not diverged; if all have, of those that diverged there. */
function measurementsAt({ courses }: Lane, k: number): readonly Measurement[] {
  const all = courses.flatMap(({ measurements }) => measurements[k] ?? []);
  const finite = all.filter(({ loss }) => Number.isFinite(loss));
  return finite.length > 0 ? finite : all;
}

/**
 * A quantity at the k-th measurement, over the networks of a lane that have not diverged. Losses and norms are averaged by
 * their logarithms. The interval of a score is clipped to the range of scores.
 */
export function estimateAt(lane: Lane, quantity: Quantity, k: number): IntervalEstimate {
  const values = measurementsAt(lane, k).map((one) => one[quantity]);
  if (quantity !== 'score') return logEstimate(values);
  const { mean, low, high } = estimate(values);
  return { mean, low: lane.score === 'accuracy' ? Math.max(0, low) : low, high: Math.min(1, high) };
}

/** The mean step, or time, of the k-th measurement. */
export const placeOf = (lane: Lane, axis: 'step' | 'seconds', k: number): number =>
  estimate(measurementsAt(lane, k).map((one) => one[axis])).mean;

/** The arrivals of the networks that reach a score. */
export const arrivalsOf = ({ courses }: Lane, score: number): Arrival[] =>
  courses.flatMap(({ measurements }) => arrivalAt(score, measurements) ?? []);

/** The mean of steps or times. Its interval is clipped at 0. */
export function estimateOf(arrivals: readonly Arrival[], axis: 'step' | 'seconds'): IntervalEstimate {
  const { mean, low, high } = estimate(arrivals.map((one) => one[axis]));
  return { mean, low: Math.max(0, low), high };
}
