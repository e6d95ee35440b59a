import { minimize } from '../../minimize/minimize.js';
import { distance } from '../../numbers/vectors.js';
import type { Rule } from '../../optimizers/rule.js';
import type { View } from '../contours.js';
import type { Member } from './rule_families.js';

/** The path of a rule in a landscape. */
export interface Way {
  readonly rate: number;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** R − R* at each point. */
  readonly excess: readonly number[];
  /** Whether it ended early: it left the view, or its numbers were no longer finite. */
  readonly isAstray: boolean;
}

/** The largest R − R* of a point that counts as a minimum. */
export const tolerance = 0.01;

const within = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high;

/** Follows a rule until it leaves the view. */
export function follow({ problem, x, y }: View, rule: Rule, rate: number, steps: number): Way {
  const { trajectory, status } = minimize(problem, {
    rule,
    maxSteps: steps,
    tolerance: 0,
    trajectory: true,
    onNonFinite: 'stop',
    onStep: ({ theta }) => within(theta[0]!, x) && within(theta[1]!, y),
  });
  const { thetas, losses } = trajectory!;
  return {
    rate,
    points: thetas.map(([a, b]) => [a!, b!]),
    excess: losses.map((loss) => loss - problem.least),
    isAstray: status === 'stopped' || status === 'diverged',
  };
}

/** The first step from which R − R* stays within the tolerance. Infinity if there is none. */
export function arrival({ excess, isAstray }: Way): number {
  const last = excess.findLastIndex((value) => !(value <= tolerance));
  return isAstray || last === excess.length - 1 ? Infinity : last + 1;
}

/** Distance of a way's end from the nearest minimum. */
export function distanceLeft({ problem }: View, { points }: Way): number {
  const end = Float64Array.from(points.at(-1)!);
  return Math.min(...problem.minima.map((minimum) => distance(end, Float64Array.from(minimum))));
}

/** The way that arrives first of all rates, or else the one that ends lowest. Ways that go astray are excluded. */
export function tuned(view: View, member: Member, rates: readonly number[], steps: number): Way {
  const ways = (member.isTuned ? rates : [NaN]).map((rate) => follow(view, member.rule(rate, steps), rate, steps));
  const cost = (way: Way) => {
    const step = arrival(way);
    if (step < Infinity) return step;
    return way.isAstray ? Infinity : steps + 1 + way.excess.at(-1)!;
  };
  return ways.reduce((best, way) => (cost(way) < cost(best) ? way : best));
}
