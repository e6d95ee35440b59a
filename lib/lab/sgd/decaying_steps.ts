import { type Random, type Schedule, schedules } from '../../index.js';
import type { Color, Figure } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line, referenceLine } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { someSteps } from '../some_steps.js';
import { mean } from '../spread.js';
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
  schedules.inverseTime({ from: 1, decay: 1 / begin, alpha, allowDivergent: true });

/** η of the large fixed step. */
const largeRate = 0.3;

interface Run {
  readonly schedule: Schedule;
  /** R − R* of the iterates. */
  readonly risk: Course;
  /** R − R* of the Polyak average. */
  readonly averaged: Course;
  /** ‖θ − θ*‖² of the iterates. */
  readonly distance: Course;
}

const slowerDecay = 'α = 0.8 in place of 1';
const largerScale = 'a C that is 30 % larger in the formula';
const largerAlpha = 'steps with an α that is 0.1 larger';
const iterates = 'the iterates in place of their averages';
const noHalf = 'σ² in place of ½σ² in the limit';
const noisier = 'a σ that is 12 % larger in the expectation';
const largerBall = 'an η that is 15 % larger in the formula of the ball';
const divergentSum = 'α = 1 in place of 1.5';
const counterModels = [slowerDecay, largerScale, largerAlpha, iterates, noHalf, noisier, largerBall, divergentSum];

/** SGD on a strongly convex problem, with steps that decay in several ways, level out, or decay too fast. */
export const decayingSteps = part(counterModels, async (options: Options, trial) => {
  const { problem, alpha, tooSmall, leastRate, steps, seeds, random } = options;
  const conditionNumber = 1 / Math.min(...problem.eigenvalues);
  const run = (schedule: Schedule): Run => ({
    schedule,
    risk: new Course(),
    averaged: new Course(),
    distance: new Course(),
  });
  const rough = run(decaying(alpha + trial.instead(largerAlpha, 0, 0.1), conditionNumber));
  const runs: Runs = {
    good: run(decaying(trial.instead(slowerDecay, 1, 0.8), conditionNumber)),
    slow: run(decaying(1, tooSmall * conditionNumber)),
    rough,
    short: run(decaying(trial.instead(divergentSum, 1.5, 1), 1)),
    level: run(schedules.floor({ schedule: rough.schedule, minimum: leastRate })),
    large: run(schedules.constant({ value: largeRate })),
    small: run(schedules.constant({ value: leastRate })),
  };
  const all = Object.values(runs);
  const times = someSteps(steps, 'log', 150).slice(1);
  const inFormula = { ...problem, deviation: problem.deviation * trial.instead(noisier, 1, 1.12) };
  const expected = new Map(
    all.flatMap(({ risk, averaged, schedule }) => {
      const { iterate, average } = expectedRisks(inFormula, schedule, times);
      return [[risk, iterate] as const, [averaged, average] as const];
    }),
  );
  const figures = () => figuresOf(runs, expected, times, options);
  await descend(
    problem,
    all.map(({ schedule }) => schedule),
    { seeds, times, random },
    (time, samples) => {
      for (const [i, { iterate, average }] of samples.entries()) {
        all[i]!.risk.add(time, risks(problem, iterate));
        all[i]!.averaged.add(time, risks(problem, average));
        all[i]!.distance.add(time, squaredDistances(problem, iterate));
      }
    },
    trial,
    figures,
  );

  const { good, slow, short, level } = runs;
  const late = steps / 30;
  const averaged = trial.instead(iterates, rough.averaged, rough.risk);
  const variance = problem.deviation ** 2 * trial.instead(noHalf, 1 / 2, 1);
  const limit = variance * problem.eigenvalues.reduce((sum, lambda) => sum + 1 / lambda, 0);
  const [lastTime, lastAverage] = rough.averaged.means.at(-1)!;
  const radius2 = ball(problem, leastRate * trial.instead(largerBall, 1, 1.15));
  const levelled = mean(level.distance.means.filter(([t]) => t >= steps / 3).map(([, value]) => value));
  const cmu = tooSmall * trial.instead(largerScale, 1, 1.3);
  const differences = [...expected].flatMap(([{ means }, values]) =>
    means.map(([, value], i) => Math.log(value / values[i]!) ** 2),
  );
  const [goodSlope, slowSlope, roughSlope, averagedSlope, toLimit, exact, inBall, endsAbove] = [
    claim('strongly convex, α = 1 with Cμ = 1: R − R* ∝ tᵖ with p = −1').between(
      good.risk.slope(late),
      -1.1,
      -0.9,
      slowerDecay,
    ),
    claim('strongly convex, α = 1 with Cμ < ½: only p = −2Cμ, relative to it').between(
      slow.risk.slope(late) / (-2 * cmu),
      0.95,
      1.25,
      largerScale,
    ),
    claim('strongly convex, α < 1: p = −α, the difference').between(
      rough.risk.slope(late) + alpha,
      -0.06,
      0.06,
      largerAlpha,
    ),
    claim('strongly convex, α < 1 and iterates averaged: p = −1').between(averaged.slope(late), -1.15, -0.85, iterates),
    claim('the average comes to R − R* = σ²/(2t)·Σ 1/λᵢ at the last t (Polyak & Juditsky): relative to it').between(
      (lastAverage * lastTime) / limit,
      0.75,
      1.4,
      noHalf,
    ),
    claim(
      'the mean over seeds against the exact expectation, all curves at all t: the root mean square of ln of their ratio, at most √(2/seeds), the standard deviation of such a mean where one direction has all of R',
    ).atMost(Math.sqrt(mean(differences)), Math.sqrt(2 / seeds), noisier),
    claim('levelling out at η: E‖θ − θ*‖² = Σ ησ²/(λᵢ(2 − ηλᵢ)), relative to it').between(
      levelled / radius2,
      0.92,
      1.08,
      largerBall,
    ),
    claim('α = 1.5, so Ση < ∞: R − R* ends above 0, p = 0').atLeast(short.risk.slope(late), -0.05, divergentSum),
  ] as const;
  const [powerOfGood, powerOfSlow] = [show(good.risk.slope(late)), show(slow.risk.slope(late))];
  const [powerOfRough, powerOfAverage] = [show(rough.risk.slope(late)), show(averaged.slope(late))];
  const kappa = `On a problem with κ = ${show(conditionNumber)}`;
  const limits = `${show(toLimit.measured)} times the limit that Polyak & Juditsky give`;
  const end = show(short.risk.means.at(-1)![1]);
  return {
    figures: figures(),
    checks: [goodSlope, slowSlope, roughSlope, averagedSlope, toLimit, exact, inBall, endsAbove],
    findings: [
      finding(
        [goodSlope, slowSlope],
        `${kappa}, R − R* falls as t^${powerOfGood} with η ∝ 1/t and Cμ = 1, but as t^${powerOfSlow} with Cμ = ${show(tooSmall)}: the powers of theory, −1 and −2Cμ.`,
        `${kappa}, R − R* goes as t^${powerOfGood} with η ∝ 1/t and Cμ = 1, and as t^${powerOfSlow} with Cμ = ${show(tooSmall)}, at the end of ${shortened(steps)} steps: these are not both the powers of the long run, −1 and −2Cμ.`,
      ),
      finding(
        [roughSlope, averagedSlope, toLimit],
        `With α = ${show(alpha)} the iterates themselves fall as t^${powerOfRough}, their average as t^${powerOfAverage}, to ${limits}.`,
        `With α = ${show(alpha)} the iterates go as t^${powerOfRough} and their average as t^${powerOfAverage} at the end of ${shortened(steps)} steps, where it is at ${limits}: the long run has not begun.`,
      ),
      finding(
        [endsAbove],
        `With α = 1.5, which schedules.inverseTime only allows on demand, the steps end at R − R* = ${end}.`,
        `With steps whose sum should end, R − R* still goes as t^${show(endsAbove.measured)}, at ${end}.`,
      ),
    ],
  };
});

const show = (value: number) => shortened(Number(value.toPrecision(3)));

type Runs = Readonly<Record<'good' | 'slow' | 'rough' | 'short' | 'level' | 'large' | 'small', Run>>;

function figuresOf(
  { good, slow, rough, short, level, large, small }: Runs,
  expected: ReadonlyMap<Course, readonly number[]>,
  times: readonly number[],
  { problem, alpha, tooSmall, leastRate, seeds }: Options,
): Figure[] {
  const a = show(alpha);
  const theory = (course: Course) =>
    line({ name: 'exact expectation', style: 'dashed', color: 'gray' }, times, (t, i) => [
      t,
      expected.get(course)![i]!,
    ]);
  const meansOf = (name: string, course: Course, color?: Color) => line({ name, color }, [...course.means]);
  return [
    {
      name: 'strongly-convex',
      title: 'Strongly convex: the rate of each C and α, and of the average',
      caption: `Means over ${seeds} seeds (lines), 80 % of the seeds for α = ${a} (bands), and the exact expectation (dashed), κ = ${show(1 / Math.min(...problem.eigenvalues))}.`,
      x: { label: 'step t', scale: 'log' },
      y: { label: 'R(θ) − R*', scale: 'log' },
      marks: [
        ...rough.risk.marks(`α = ${a}`, 'orange'),
        ...rough.averaged.marks(`α = ${a}, iterates averaged`, 'green'),
        meansOf(`α = 1, Cμ = ${show(tooSmall)}`, slow.risk, 'purple'),
        meansOf('α = 1, Cμ = 1', good.risk, 'blue'),
        ...[slow.risk, rough.risk, good.risk, rough.averaged].map(theory),
      ],
    },
    {
      name: 'level',
      title: 'Steps that level out at a smallest one',
      caption:
        'Means over seeds. Compare how soon each arrives, and at which distance it stays: a large fixed step, a small one, and steps that decay to the small one. With α = 1.5 the sum of all steps is finite.',
      x: { label: 'step t', scale: 'log' },
      y: { label: 'E‖θ − θ*‖²', scale: 'log' },
      marks: [
        meansOf(`η = ${show(largeRate)}/L`, large.distance),
        meansOf(`η = ${show(leastRate)}/L`, small.distance),
        meansOf(`α = ${a}`, rough.distance),
        meansOf(`α = ${a}, levelling out at ${show(leastRate)}/L`, level.distance),
        meansOf('α = 1.5: Ση < ∞', short.distance),
        ...[largeRate, leastRate].map((rate) =>
          referenceLine('y', ball(problem, rate), { color: 'gray', name: 'balls of these steps' }),
        ),
      ],
    },
  ];
}
