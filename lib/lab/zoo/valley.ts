import { type FloatArray, Optimizer, Random, type Rule } from '../../index.js';
import type { View } from '../contours.js';
import { bentValley } from '../problems/two_dimensional.js';
import { mean } from '../spread.js';
import type { Member } from './rule_families.js';

/** The visible region. A run that leaves it is astray. */
export const view: View = { problem: bentValley, x: [-1.8, 1.8], y: [-0.7, 1.55] };

/** Normal noise of gradients, for each of some runs a number per coordinate and step. */
export interface Noise {
  readonly runs: number;
  readonly steps: number;
  readonly values: Float64Array;
}

export function noiseOf(runs: number, steps: number, deviation: number, seed: number): Noise {
  const random = new Random(seed);
  return { runs, steps, values: Float64Array.from({ length: 2 * runs * steps }, () => deviation * random.normal()) };
}

/** Runs of a rule from one start with different noise. */
export interface Descent {
  /** R − R* of each run at each of the requested times. A run that goes astray keeps its last value, or ∞. */
  readonly excess: readonly Float64Array[];
  /** Points of the first run at these times, until it goes astray. */
  readonly points: readonly Start[];
  /** The number of runs that have left the view. */
  readonly astray: number;
}

export type Start = readonly [x: number, y: number];

/**
 * @param times Ascending steps, up to that of the noise, after which the runs are measured.
 * @param scale Factor of the function, its gradients and their noise.
 */
export function descend(
  rule: Rule,
  start: Start,
  { runs, values }: Noise,
  times: readonly number[],
  scale = 1,
): Descent {
  const parameters = Array.from({ length: runs }, () => Float64Array.from(start));
  // A group for each run, so that rules with state per group keep the runs separate.
  const groups = parameters.map((theta) => ({ parameters: [{ data: theta, shape: [1, 2] }] }));
  const optimizer = new Optimizer(groups, rule);
  const gradients = parameters.map(() => new Float64Array(2));
  const last = new Float64Array(runs).fill(Infinity);
  const isAstray = new Array<boolean>(runs).fill(false);
  const excess: Float64Array[] = [];
  const points: [number, number][] = [];

  const look = () => {
    for (const [i, theta] of optimizer.evaluationParameters().entries()) {
      if (isAstray[i]) continue;
      last[i] = bentValley.objective(theta, gradients[i]!) - bentValley.least;
      if (i === 0) points.push([theta[0]!, theta[1]!]);
    }
    excess.push(last.slice());
  };
  const takeGradients = (places: readonly FloatArray[], step: number) => {
    for (const [i, theta] of places.entries()) {
      const gradient = gradients[i]!;
      isAstray[i] ||= !isWithin(parameters[i]!);
      if (isAstray[i]) {
        gradient.fill(0);
        continue;
      }
      bentValley.objective(theta, gradient);
      for (const k of [0, 1]) gradient[k] = scale * (gradient[k]! + values[2 * (step * runs + i) + k]!);
    }
    return gradients;
  };
  for (let step = 0, next = 0; ; ++step) {
    if (step === times[next]) {
      look();
      next += 1;
    }
    if (next === times.length) break;
    takeGradients(optimizer.gradientPoints(), step);
    if (rule.name === 'sam') takeGradients(optimizer.gradientPoints(gradients), step);
    optimizer.step(gradients);
  }
  return { excess, points, astray: isAstray.filter(Boolean).length };
}

const isWithin = ([x, y]: ArrayLike<number> & Iterable<number>) =>
  x! >= view.x[0] && x! <= view.x[1] && y! >= view.y[0] && y! <= view.y[1];

/**
 * The rate with the least mean of ln(R − R*) after all steps. Excludes rates with which a run goes astray. The
 * first rate if all are excluded.
 */
export function tunedRate(member: Member, rates: readonly number[], start: Start, noise: Noise): number {
  let best = { rate: rates[0]!, cost: Infinity };
  for (const rate of rates) {
    const { excess, astray } = descend(member.rule(rate, noise.steps), start, noise, [noise.steps]);
    const cost = astray > 0 ? Infinity : mean(excess[0]!.map((value) => Math.log(value)));
    if (cost < best.cost) best = { rate, cost };
  }
  return best.rate;
}
