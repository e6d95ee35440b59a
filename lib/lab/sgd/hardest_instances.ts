import type { Random } from '../../numbers/random.js';
import type { Line, Point } from '../../pages/figure.js';
import type { Schedule } from '../../schedules/schedule.js';
import { atLeast, atMost, between, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import { someSteps } from '../some_steps.js';
import { mean } from '../spread.js';
import type { Trial } from '../trial.js';
import { descend, excesses, hardestCoin, lowerBound, settledExcess, upperBound } from './biased_coin.js';
import { Course } from './course.js';

interface Options {
  /** η = C/√t. */
  learningRate: Schedule;
  /** The longest horizon. */
  steps: number;
  seeds: number;
  random: Random;
}

/** δ of the fixed coin. */
const bias = 0.5;

/** SGD on convex problems: with averaging on the hardest coin for each number of steps, without on a fixed coin. */
export async function hardestInstances(options: Options, trial: Trial): Promise<Outcome> {
  const { learningRate, steps, seeds, random } = options;
  const scale = learningRate(0);
  const count = Math.max(3, Math.round(4 * Math.log10(steps / 100)));
  const horizons = Array.from({ length: count + 1 }, (_, i) => Math.round(100 * (steps / 100) ** (i / count)));
  const course = new Course();
  for (const [i, horizon] of horizons.entries()) {
    const coin = hardestCoin(horizon);
    const averages = await descend(
      coin,
      { learningRate, seeds, random },
      trial.within((0.7 * i) / horizons.length, (0.7 * (i + 1)) / horizons.length),
    );
    course.add(horizon, excesses(coin, averages));
  }
  const fixed = new Course();
  const times = new Set(someSteps(steps, 'log', 150).slice(1));
  const coin = { bias, steps };
  const record = (t: number, theta: Float64Array) => {
    if (times.has(t)) fixed.add(t, excesses(coin, theta));
  };
  await descend(coin, { learningRate, seeds, random, record }, trial.within(0.7, 1));
  const settled = (t: number) => settledExcess(scale / Math.sqrt(t));
  const late = steps / 30;
  const relative = fixed.means.filter(([t]) => t >= late).map(([t, value]) => value / settled(t));
  const inUnitsOf = (bound: (horizon: number) => number) =>
    course.means.map(([horizon, value]) => value / bound(horizon));
  const show = (value: number) => shortened(Number(value.toPrecision(3)));
  const upper = (horizon: number) => upperBound(scale, horizon);
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
        title: 'Convex: 1/√T',
        caption: `Blue: for each number of steps T, the median of a coin that T tosses hardly tell from its opposite, on average over both coins, as one of them alone may be guessed. Orange: the last iterate on a coin that stays the same. Mean over ${seeds} seeds, and 80 % of them.`,
        x: { label: 'steps T', scale: 'log' },
        y: { label: 'R(θ̄) − R*', scale: 'log' },
        marks: [
          bound('SGD is sure of it: ((2 + C)²/2C + C)/√T', 'dotted', upper),
          ...course.marks('hardest coins ±δ for T, iterates averaged', 'blue'),
          bound('no method is better on average over ±δ: 1/(4√T)', 'dashed', lowerBound),
          { kind: 'line', name: 'one coin for all T, last iterate', color: 'orange', points: fixed.means },
          bound('that is C/(2√T)', 'solid', settled),
        ],
      },
    ],
    checks: [
      between(
        'merely convex, the hardest problems for each T, ±δ, iterates averaged: R − R* ∝ Tᵖ with p = −½',
        course.slope(0),
        -0.6,
        -0.4,
      ),
      atLeast(
        'the same: R − R* ≥ 1/(4√T), the least of any method on average over ±δ, relative to it',
        Math.min(...inUnitsOf(lowerBound)),
        1,
      ),
      atMost(
        'the same: R − R* ≤ ((2 + C)²/2C + C)/√T, which SGD is sure of, relative to it',
        Math.max(...inUnitsOf(upper)),
        1,
      ),
      atMost(
        'the same: R − R* < 1/(2√T), which is what standing still has, relative to it, the mean over T',
        mean(inUnitsOf((horizon) => hardestCoin(horizon).bias)),
        0.9,
      ),
      between(
        'merely convex, one problem for all t, the last iterate: R − R* ∝ tᵖ with p = −½',
        fixed.slope(late),
        -0.6,
        -0.4,
      ),
      between('the same: R − R* = C/(2√t), relative to it', mean(relative), 0.9, 1.1),
    ],
    findings: [
      `On convex problems chosen as hard as they can be for their number of steps, R − R* falls as T^${show(course.slope(0))}, at most ${show(Math.max(...inUnitsOf(lowerBound)))} times the least that any method has on average over them. On one that stays the same the last iterate's falls as t^${show(fixed.slope(late))}, and is ${show(mean(relative))} times η/2.`,
    ],
  };
}
