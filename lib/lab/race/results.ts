import type { Rule } from '../../index.js';
import { shortened } from '../check.js';
import type { IntervalEstimate } from './interval.js';
import { arrivalsOf, divergedIn, estimateAt, estimateOf, type Lane, lengthOf } from './lanes.js';
import { type RaceTask, scoreLabels } from './task.js';

/**
 * The result of an entrant. Estimates are over its networks that have not diverged, and for the target over those that
 * have reached it.
 */
export interface EntrantResult {
  readonly name: string;
  readonly rule: Rule;
  /** The number of its networks that have reached the target, and when. */
  readonly target: { readonly reached: number; readonly steps?: IntervalEstimate; readonly seconds?: IntervalEstimate };
  /** At the last measurement. */
  readonly loss: IntervalEstimate;
  readonly score: IntervalEstimate;
  /** The number of its networks that have diverged. */
  readonly diverged: number;
}

export function resultOf(lane: Lane, target: number): EntrantResult {
  const { entrant } = lane;
  const arrivals = arrivalsOf(lane, target);
  const last = lengthOf(lane) - 1;
  return {
    ...entrant,
    target: {
      reached: arrivals.length,
      ...(arrivals.length > 0 && {
        steps: estimateOf(arrivals, 'step'),
        seconds: estimateOf(arrivals, 'seconds'),
      }),
    },
    loss: estimateAt(lane, 'loss', last),
    score: estimateAt(lane, 'score', last),
    diverged: divergedIn(lane),
  };
}

/** A result as a sentence. */
export function sentenceOf(result: EntrantResult, { score }: RaceTask, target: number, networks: number): string {
  const { name, diverged } = result;
  const { reached, steps, seconds } = result.target;
  const goal = `${scoreLabels[score]} of ${shortened(target)}`;
  const all =
    networks === 1
      ? ''
      : reached === networks
        ? ` (all ${networks} networks)`
        : ` (${reached} of ${networks} networks)`;
  const arrival =
    reached === 0
      ? `has not reached an ${goal}`
      : `reaches an ${goal} after ${duration(seconds!)} and ${within(steps!)} ${steps!.mean === 1 ? 'step' : 'steps'}${all}`;
  const at = `${within(result.score)} with a training loss of ${within(result.loss)}`;
  return `${name} ${arrival}; ${endOf(diverged, networks, at)}.`;
}

function endOf(diverged: number, networks: number, at: string): string {
  if (diverged === 0) return `it ends at ${at}`;
  if (diverged === networks) return networks === 1 ? 'it has diverged' : 'all networks have diverged';
  return `${diverged} of ${networks} networks ${diverged === 1 ? 'has' : 'have'} diverged, the others end at ${at}`;
}

/** A time with its unit: 24.5 (20.1 to 29) ms. */
const duration = ({ mean, low, high }: IntervalEstimate): string =>
  mean < 0.1
    ? `${within({ mean: 1000 * mean, low: 1000 * low, high: 1000 * high })} ms`
    : `${within({ mean, low, high })} s`;

/** An estimate with its interval: 0.31 (0.28 to 0.35). */
const within = ({ mean, low, high }: IntervalEstimate): string =>
  low === high
    ? shortened(rounded(mean))
    : `${shortened(rounded(mean))} (${shortened(rounded(low))} to ${shortened(rounded(high))})`;

/** Three digits. */
const rounded = (value: number) => Number(value.toPrecision(3));
