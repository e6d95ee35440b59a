import type { Rule } from '../../optimizers/rule.js';
import { shortened } from '../check.js';
import { type Estimate, logEstimate } from './interval.js';
import { arrivalsOf, estimateAt, type Lane, lengthOf } from './lanes.js';
import type { RaceTask } from './task.js';

/** How an entrant has done. Estimates are over its networks, those of the target over the ones that have reached it. */
export interface EntrantResult {
  readonly name: string;
  readonly rule: Rule;
  /** How many of its networks have reached the target, and when. */
  readonly target: { readonly reached: number; readonly steps?: Estimate; readonly seconds?: Estimate };
  /** At the last measurement. */
  readonly loss: Estimate;
  readonly score: Estimate;
  /** How many of its networks have diverged. */
  readonly diverged: number;
}

export function resultOf(lane: Lane, target: number): EntrantResult {
  const { entrant, courses } = lane;
  const arrivals = arrivalsOf(lane, target);
  const last = lengthOf(lane) - 1;
  return {
    ...entrant,
    target: {
      reached: arrivals.length,
      ...(arrivals.length > 0 && {
        steps: logEstimate(arrivals.map(({ step }) => step)),
        seconds: logEstimate(arrivals.map(({ seconds }) => seconds)),
      }),
    },
    loss: estimateAt(lane, 'loss', last),
    score: estimateAt(lane, 'score', last),
    diverged: courses.filter(({ isDiverged }) => isDiverged).length,
  };
}

/** A result as a sentence. */
export function sentenceOf(result: EntrantResult, { score }: RaceTask, target: number, networks: number): string {
  const { name, diverged } = result;
  const { reached, steps, seconds } = result.target;
  const label = score === 'r2' ? 'R²' : 'accuracy';
  const goal = `${label} of ${shortened(target)}`;
  const all =
    networks === 1
      ? ''
      : reached === networks
        ? ` (all ${networks} networks)`
        : ` (${reached} of ${networks} networks)`;
  const arrival =
    reached === 0
      ? `has not reached an ${goal}`
      : `reaches an ${goal} after ${duration(seconds!)} and ${within(steps!)} steps${all}`;
  const end =
    diverged > 0
      ? `${diverged === networks ? 'it has' : `${diverged} of ${networks} have`} diverged`
      : `it ends at ${within(result.score)} with a training loss of ${within(result.loss)}`;
  return `${name} ${arrival}; ${end}.`;
}

/** A time with its unit: 24.5 (20.1 to 29) ms. */
const duration = ({ mean, low, high }: Estimate): string =>
  mean < 0.1
    ? `${within({ mean: 1000 * mean, low: 1000 * low, high: 1000 * high })} ms`
    : `${within({ mean, low, high })} s`;

/** An estimate with its interval: 0.31 (0.28 to 0.35). */
const within = ({ mean, low, high }: Estimate): string =>
  low === high
    ? shortened(rounded(mean))
    : `${shortened(rounded(mean))} (${shortened(rounded(low))} to ${shortened(rounded(high))})`;

/** Three digits. */
const rounded = (value: number) => Number(value.toPrecision(3));
