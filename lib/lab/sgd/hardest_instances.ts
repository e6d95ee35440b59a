import type { Random } from '../../random.js';
import { atLeast, atMost, between, shortened } from '../check.js';
import type { Outcome, Progress } from '../experiment.js';
import type { Line, Point } from '../figure.js';
import { averagedExcess, hardestCoin, lowerBound, upperBound } from './biased_coin.js';
import { Course } from './course.js';

interface Options {
  /** C of η = C/√t. */
  scale: number;
  /** The longest horizon. */
  steps: number;
  seeds: number;
  random: Random;
}

/** SGD with averaging on the convex problem that is hardest for each number of steps. */
export async function hardestInstances({ scale, steps, seeds, random }: Options, progress: Progress): Promise<Outcome> {
  const count = Math.max(3, Math.round(4 * Math.log10(steps / 100)));
  const horizons = Array.from({ length: count + 1 }, (_, i) => Math.round(100 * (steps / 100) ** (i / count)));
  const course = new Course();
  for (const [i, horizon] of horizons.entries()) {
    course.add(
      horizon,
      await averagedExcess(hardestCoin(horizon), { scale, seeds, random }, (share) =>
        progress((i + share) / horizons.length),
      ),
    );
  }
  const inUnitsOf = (bound: (horizon: number) => number) =>
    course.means.map(([horizon, value]) => value / bound(horizon));
  const upper = (horizon: number) => upperBound(scale, horizon);
  const slope = course.slope(0);
  const bound = (name: string, style: Line['style'] & string, at: (horizon: number) => number): Line => ({
    kind: 'line',
    name,
    style,
    color: 'gray',
    points: horizons.map((horizon): Point => [horizon, at(horizon)]),
  });
  return {
    figures: [
      {
        name: 'convex',
        title: 'Convex: 1/√T on the hardest problems',
        caption: `For each number of steps T, the median of a coin that T tosses hardly tell from its opposite. Mean over ${seeds} seeds, and 80 % of them.`,
        x: { label: 'steps T', scale: 'log' },
        y: { label: 'R(θ̄) − R*', scale: 'log' },
        marks: [
          bound('SGD is sure of it: ((2 + C)²/2C + C)/√T', 'dotted', upper),
          ...course.marks('SGD, η = C/√t, iterates averaged', 'blue'),
          bound('no method is better: 1/(4√T)', 'dashed', lowerBound),
        ],
      },
    ],
    checks: [
      between(
        'merely convex, the hardest problem for each T, iterates averaged: R − R* ∝ Tᵖ with p = −½',
        slope,
        -0.6,
        -0.4,
      ),
      atLeast(
        'the same: R − R* ≥ 1/(4√T), the least of any method, relative to it',
        Math.min(...inUnitsOf(lowerBound)),
        1,
      ),
      atMost(
        'the same: R − R* ≤ ((2 + C)²/2C + C)/√T, which SGD is sure of, relative to it',
        Math.max(...inUnitsOf(upper)),
        1,
      ),
    ],
    findings: [
      `On convex problems chosen as hard as they can be for their number of steps, R − R* falls as T^${shortened(Number(slope.toPrecision(3)))}, at most ${shortened(Number(Math.max(...inUnitsOf(lowerBound)).toPrecision(3)))} times what any method needs. One problem that stays the same may well be easier.`,
    ],
  };
}
