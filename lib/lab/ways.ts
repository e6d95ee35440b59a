import type { FloatArray } from '../addon/index.js';
import { minimize } from '../minimize/minimize.js';
import type { Problem } from '../minimize/problem.js';
import { distance } from '../minimize/vectors.js';
import type { Rule } from '../optimizers/rule.js';
import type { Contours } from './figure.js';
import type { Member } from './rule_families.js';

/** A problem of two variables, and the part of the plane that is shown. */
export interface Landscape {
  readonly problem: Problem & { readonly minima: readonly ArrayLike<number>[]; readonly least: number };
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Where a rule went. */
export interface Way {
  readonly rate: number;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** R − R* at each of them. */
  readonly excess: readonly number[];
  /** Why it ended before its time: it left what is shown, or its numbers ceased to be finite. */
  readonly isAstray: boolean;
}

/** R − R* at most of a point that counts as the minimum. */
export const tolerance = 0.01;

const within = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high;

/** What a rule makes of a landscape, as long as it stays in it. */
export function follow({ problem, x, y }: Landscape, rule: Rule, rate: number, steps: number): Way {
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

/** The first step from which on R − R* stays within the tolerance; infinite where it does not. */
export function arrival({ excess, isAstray }: Way): number {
  const last = excess.findLastIndex((value) => !(value <= tolerance));
  return isAstray || last === excess.length - 1 ? Infinity : last + 1;
}

/** How far its end is from the nearest minimum. */
export function distanceLeft({ problem }: Landscape, { points }: Way): number {
  const end = Float64Array.from(points.at(-1)!);
  return Math.min(...problem.minima.map((minimum) => distance(end, Float64Array.from(minimum))));
}

/** The way with the rate that arrives first; or, where none arrives, that is lowest in the end. Rates that lead astray are no good. */
export function tuned(landscape: Landscape, member: Member, rates: readonly number[], steps: number): Way {
  const ways = (member.isTuned ? rates : [NaN]).map((rate) => follow(landscape, member.rule(rate, steps), rate, steps));
  const cost = (way: Way) => {
    const step = arrival(way);
    if (step < Infinity) return step;
    return way.isAstray ? Infinity : steps + 1 + way.excess.at(-1)!;
  };
  return ways.reduce((best, way) => (cost(way) < cost(best) ? way : best));
}

const gridWidth = 72;

/** Lines of equal log R, from the least that the grid sees to the largest. */
export function contours({ problem, x, y }: Landscape, levels: number): Contours {
  const gradient = new Float64Array(2);
  const at = ([low, high]: readonly [number, number], i: number) => low + ((high - low) * i) / (gridWidth - 1);
  const values = Array.from({ length: gridWidth ** 2 }, (_, k) => {
    const theta: FloatArray = Float64Array.of(at(x, k % gridWidth), at(y, Math.floor(k / gridWidth)));
    const excess = (problem.objective(theta, gradient) as number) - problem.least;
    return Number(Math.log10(excess + tolerance).toFixed(4));
  });
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {
    kind: 'contours',
    values,
    width: gridWidth,
    levels: Array.from({ length: levels }, (_, i) => least + ((most - least) * (i + 1)) / (levels + 1)),
  };
}
