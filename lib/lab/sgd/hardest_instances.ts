import { type Random, type Schedule, schedules } from '../../index.js';
import type { Line, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { someSteps } from '../some_steps.js';
import { mean } from '../spread.js';
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

const constantSteps = 'η = C at every step';
const shortSteps = 'a hundredth of η';
const fasterDecay = 'η = C·t^−¾ in place of C/√t';
const noTossTells = 'δ in place of δ(1 − √T·δ) in the lower bound';
const largerScale = 'a C that is 5 % larger in the formula';
const counterModels = [constantSteps, shortSteps, fasterDecay, noTossTells, largerScale];

/** SGD on convex problems: on the hardest coin for each number of steps, with averaging, and on a fixed coin. */
export const hardestInstances = part(counterModels, async (options: Options, trial) => {
  const { steps, seeds, random } = options;
  const scale = options.learningRate(0);
  const other = (from: number, alpha: number) => schedules.inverseTime({ from, alpha, allowDivergent: true });
  const learningRate = [
    trial.instead(constantSteps, undefined, schedules.constant({ value: scale })),
    trial.instead(shortSteps, undefined, other(scale / 100, 0.5)),
    trial.instead(fasterDecay, undefined, other(scale, 0.75)),
    options.learningRate,
  ].find((schedule) => schedule !== undefined)!;
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
  const [fixed, fixedAveraged] = [new Course(), new Course()];
  const times = new Set(someSteps(steps, 'log', 150).slice(1));
  const coin = { bias, steps };
  const record = (t: number, theta: Float64Array, average: () => Float64Array) => {
    if (!times.has(t)) return;
    fixed.add(t, excesses(coin, theta));
    fixedAveraged.add(t, excesses(coin, average()));
  };
  await descend(coin, { learningRate, seeds, random, record }, trial.within(0.7, 1));

  const inFormula = scale * trial.instead(largerScale, 1, 1.05);
  const least = (horizon: number) => trial.instead(noTossTells, lowerBound(horizon), hardestCoin(horizon).bias);
  const upper = (horizon: number) => upperBound(scale, horizon);
  const settled = (t: number) => settledExcess(inFormula / Math.sqrt(t));
  const late = steps / 30;
  const relativeTo = (points: readonly Point[], bound: (horizon: number) => number) =>
    points.map(([horizon, value]) => value / bound(horizon));
  const show = (value: number) => shortened(Number(value.toPrecision(3)));
  const bound = (name: string, style: Line['style'] & string, at: (horizon: number) => number) =>
    line({ name, style, color: 'gray' }, horizons, (horizon) => [horizon, at(horizon)]);
  const [noMethod, sure, standing, power, half] = [
    claim(
      'merely convex, the hardest problems for each T, ±δ, iterates averaged: R − R* ≥ 1/(4√T), the least of any method on average over ±δ, relative to it',
    ).atLeast(Math.min(...relativeTo(course.means, least)), 1, noTossTells),
    claim(
      'merely convex, iterates averaged: R − R* ≤ ((2 + C)²/2C + C)/√T, which SGD guarantees, on the hardest problems and on one for all T, relative to it',
    ).atMost(Math.max(...relativeTo([...course.means, ...fixedAveraged.means], upper)), 1, constantSteps),
    claim('the hardest problems: R − R* < 1/(2√T), the value at the start, relative to it, the mean over T').atMost(
      mean(relativeTo(course.means, (horizon) => hardestCoin(horizon).bias)),
      0.9,
      shortSteps,
    ),
    claim('merely convex, one problem for all t, the last iterate: R − R* ∝ tᵖ with p = −½').between(
      fixed.slope(late),
      -0.6,
      -0.4,
      fasterDecay,
    ),
    claim('the same: R − R* = C/(2√t), relative to it').between(
      mean(
        relativeTo(
          fixed.means.filter(([t]) => t >= late),
          settled,
        ),
      ),
      0.97,
      1.03,
      largerScale,
    ),
  ] as const;
  const factor = show(Math.max(...relativeTo(course.means, least)));
  return {
    figures: [
      {
        name: 'convex',
        title: 'Convex: 1/√T',
        caption: `Blue: for each number of steps T, the median of a coin that T tosses hardly distinguish from its opposite, on average over both coins, since one of them alone could be guessed. Orange: the last iterate on a fixed coin. Mean over ${seeds} seeds, and 80 % of them.`,
        x: { label: 'steps T', scale: 'log' },
        y: { label: 'R(θ̄) − R*', scale: 'log' },
        marks: [
          bound('guaranteed by SGD: ((2 + C)²/2C + C)/√T', 'dotted', upper),
          ...course.marks('hardest coins ±δ for T, iterates averaged', 'blue'),
          bound('no method is better on average over ±δ: 1/(4√T)', 'dashed', least),
          line({ name: 'one coin for all T, last iterate', color: 'orange' }, fixed.means),
          line({ name: 'iterates averaged', color: 'green' }, fixedAveraged.means),
          bound('C/(2√T)', 'solid', settled),
        ],
      },
    ],
    checks: [noMethod, sure, standing, power, half],
    findings: [
      finding(
        [noMethod, sure, standing],
        `On convex problems chosen as hard as they can be for their number of steps, R − R* is at most ${factor} times the least that any method has on average over them, 1/(4√T).`,
        `On convex problems chosen as hard as they can be for their number of steps, R − R* comes to ${factor} times 1/(4√T), and falls as T^${show(course.slope(0))}: not all bounds hold.`,
      ),
      finding(
        [power, half],
        `On a problem that stays the same the last iterate's R − R* falls as t^${show(fixed.slope(late))}, and is ${show(half.measured)} times η/2.`,
        `On a problem that stays the same the last iterate's R − R* goes as t^${show(fixed.slope(late))}, and is ${show(half.measured)} times C/(2√t).`,
      ),
    ],
  };
});
