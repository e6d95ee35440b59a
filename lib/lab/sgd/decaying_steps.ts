import type { Random } from '../../numbers/random.js';
import type { Line, Mark, Point } from '../../pages/figure.js';
import { constant } from '../../schedules/constant.js';
import { floor } from '../../schedules/floor.js';
import { inverseTime } from '../../schedules/inverse_time.js';
import type { Schedule } from '../../schedules/schedule.js';
import { atLeast, atMost, between, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import { someSteps } from '../some_steps.js';
import { mean } from '../spread.js';
import type { Trial } from '../trial.js';
import { Course } from './course.js';
import { ball, descend, expectedRisks, type NoisyQuadratic, risks, squaredDistances } from './noisy_quadratic.js';

interface Options {
  /** Must have L = 1. */
  problem: NoisyQuadratic;
  /** α of the steps whose iterates are averaged. */
  alpha: number;
  /** Cμ of a step that is too small. */
  tooSmall: number;
  /** η at which steps level out. */
  leastRate: number;
  steps: number;
  seeds: number;
  random: Random;
}

/** η(t) = (1 + t/t₀)^−α: at first 1/L, where L = 1, and later C·t^−α with C = t₀^α. */
const decaying = (alpha: number, begin: number): Schedule =>
  inverseTime({ from: 1, decay: 1 / begin, alpha, allowDivergent: true });

interface Run {
  readonly schedule: Schedule;
  /** R − R* of the iterates. */
  readonly risk: Course;
  /** R − R* of the Polyak average. */
  readonly averaged: Course;
  /** ‖θ − θ*‖² of the iterates. */
  readonly distance: Course;
}

/** SGD on a strongly convex problem, with steps that decay in several ways, level out, or decay too fast. */
export async function decayingSteps(options: Options, trial: Trial): Promise<Outcome> {
  const { problem, alpha, tooSmall, leastRate, steps, seeds, random } = options;
  const conditionNumber = 1 / Math.min(...problem.eigenvalues);
  const run = (schedule: Schedule): Run => ({
    schedule,
    risk: new Course(),
    averaged: new Course(),
    distance: new Course(),
  });
  const good = run(decaying(1, conditionNumber));
  const slow = run(decaying(1, tooSmall * conditionNumber));
  const rough = run(decaying(alpha, conditionNumber));
  const short = run(decaying(1.5, 1));
  const level = run(floor({ schedule: rough.schedule, minimum: leastRate }));
  const large = run(constant({ value: 0.3 }));
  const small = run(constant({ value: leastRate }));
  const runs = [good, slow, rough, short, level, large, small];

  const times = someSteps(steps, 'log', 150).slice(1);
  await descend(
    problem,
    runs.map(({ schedule }) => schedule),
    { seeds, times, random },
    (time, samples) => {
      for (const [i, { iterate, average }] of samples.entries()) {
        runs[i]!.risk.add(time, risks(problem, iterate));
        runs[i]!.averaged.add(time, risks(problem, average));
        runs[i]!.distance.add(time, squaredDistances(problem, iterate));
      }
    },
    trial,
  );

  const expected = new Map(
    runs.flatMap(({ risk, averaged, schedule }) => {
      const { iterate, average } = expectedRisks(problem, schedule, times);
      return [[risk, iterate] as const, [averaged, average] as const];
    }),
  );
  const theory = (course: Course): Line => ({
    kind: 'line',
    name: 'exact expectation',
    style: 'dashed',
    color: 'gray',
    points: times.map((t, i): Point => [t, expected.get(course)![i]!]),
  });
  const factor = Math.max(...[...expected].map(([course, values]) => largestFactor(course.means, values)));
  const unlikely = Math.exp(5 * Math.sqrt(2 / seeds));

  const late = steps / 30;
  const limit = (problem.deviation ** 2 / 2) * problem.eigenvalues.reduce((sum, lambda) => sum + 1 / lambda, 0);
  const [lastTime, lastAverage] = rough.averaged.means.at(-1)!;
  const radius2 = ball(problem, leastRate);
  const levelled = mean(level.distance.means.filter(([t]) => t >= steps / 3).map(([, value]) => value));
  const show = (value: number) => shortened(Number(value.toPrecision(3)));

  const a = show(alpha);
  const marks: Mark[] = [
    ...rough.risk.marks(`α = ${a}`, 'orange'),
    ...rough.averaged.marks(`α = ${a}, iterates averaged`, 'green'),
    { kind: 'line', name: `α = 1, Cμ = ${show(tooSmall)}: too small`, color: 'purple', points: slow.risk.means },
    { kind: 'line', name: 'α = 1, Cμ = 1', color: 'blue', points: good.risk.means },
    ...[slow.risk, rough.risk, good.risk, rough.averaged].map(theory),
  ];
  return {
    figures: [
      {
        name: 'strongly-convex',
        title: 'Strongly convex: 1/t, if C is large enough or iterates are averaged',
        caption: `Means over ${seeds} seeds (lines), 80 % of the seeds for α = ${a} (bands), and the exact expectation (dashed), κ = ${show(conditionNumber)}.`,
        x: { label: 'step t', scale: 'log' },
        y: { label: 'R(θ) − R*', scale: 'log' },
        marks,
      },
      {
        name: 'level',
        title: 'Steps that level out lead to the small ball, and soon',
        caption:
          'Means over seeds. A large fixed step is fast and stays in a large ball, a small one is slow; steps that decay to the small one have the best of both. With α = 1.5 the steps end before the optimum.',
        x: { label: 'step t', scale: 'log' },
        y: { label: 'E‖θ − θ*‖²', scale: 'log' },
        marks: [
          { kind: 'line', name: 'η = 0.3/L', points: large.distance.means },
          { kind: 'line', name: `η = ${show(leastRate)}/L`, points: small.distance.means },
          { kind: 'line', name: `α = ${a}`, points: rough.distance.means },
          { kind: 'line', name: `α = ${a}, levelling out at ${show(leastRate)}/L`, points: level.distance.means },
          { kind: 'line', name: 'α = 1.5: Ση < ∞', points: short.distance.means },
          ...[0.3, leastRate].map(
            (rate): Mark => ({
              kind: 'rule',
              axis: 'y',
              at: ball(problem, rate),
              color: 'gray',
              name: 'balls of these steps',
            }),
          ),
        ],
      },
    ],
    checks: [
      between('strongly convex, α = 1 with Cμ = 1: R − R* ∝ tᵖ with p = −1', good.risk.slope(late), -1.15, -0.85),
      between(
        'strongly convex, α = 1 with Cμ < ½: only p = −2Cμ, relative to it',
        slow.risk.slope(late) / (-2 * tooSmall),
        0.75,
        1.25,
      ),
      between('strongly convex, α < 1: p = −α, the difference', rough.risk.slope(late) + alpha, -0.15, 0.15),
      between('strongly convex, α < 1 and iterates averaged: p = −1', rough.averaged.slope(late), -1.15, -0.85),
      between(
        'the average comes to R − R* = σ²/(2t)·Σ 1/λᵢ at the last t (Polyak & Juditsky): relative to it',
        (lastAverage * lastTime) / limit,
        0.75,
        1.4,
      ),
      atMost(
        'the mean over seeds is the exact expectation, up to five standard deviations, at every t: the largest factor',
        factor,
        unlikely,
      ),
      between('levelling out at η: E‖θ − θ*‖² = Σ ησ²/(λᵢ(2 − ηλᵢ)), relative to it', levelled / radius2, 0.85, 1.15),
      atLeast('α = 1.5, so Ση < ∞: R − R* ends above 0, p = 0', short.risk.slope(late), -0.05),
    ],
    findings: [
      `On a problem with κ = ${show(conditionNumber)}, R − R* falls as t^${show(good.risk.slope(late))} with η ∝ 1/t and Cμ = 1, but as t^${show(slow.risk.slope(late))} with Cμ = ${show(tooSmall)}: a C that is too small costs most of the rate.`,
      `With α = ${a} the iterates themselves fall as t^${show(rough.risk.slope(late))}, their average as t^${show(rough.averaged.slope(late))}, to ${show((lastAverage * lastTime) / limit)} times the limit that Polyak & Juditsky give.`,
      `With α = 1.5, which schedules.inverseTime only allows on demand, the steps end at R − R* = ${show(short.risk.means.at(-1)![1])}.`,
    ],
  };
}

/** The largest factor between a curve and its expectation, in either direction. */
const largestFactor = (curve: readonly Point[], other: readonly number[]): number =>
  Math.max(...curve.map(([, value], i) => Math.exp(Math.abs(Math.log(value / other[i]!)))));
