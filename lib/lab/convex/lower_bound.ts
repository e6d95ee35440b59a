import {
  accelerated,
  gradientDescent,
  type Hyperparameter,
  lbfgs,
  type Method,
  momentum,
  type Rule,
  schedules,
} from '../../index.js';
import type { Color, Figure, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { slowest } from '../problems/slowest.js';
import type { Values } from '../setting.js';
import { logLogSlope } from '../slope.js';
import { someSteps } from '../some_steps.js';
import {
  acceleratedBound,
  type Bound,
  type Descent,
  type DescentMadeFor,
  descend,
  excessCurve,
  largestShareOf,
  shareDeviation,
  sharpestBound,
} from './bounds.js';
import { type Family, leastOnChain, leastShare, lowerBound, mostBelowLeast, onChains } from './chains.js';

/** p of tᵖ, fitted from step `from` on. */
const exponent = (values: readonly number[], from: number) =>
  logLogSlope(values.map((value, t): Point => [t, value]).slice(Math.ceil(from)));

type LowerBoundSettings = Values<'stepFactor' | 'steps' | 'chains' | 'averaging'>;

const shortFast = 'acceleration with η = 0.95/L';
const fallingRate = 'gradient descent with η falling as 1/√t';
const fixedMomentum = 'acceleration with β = 0.9 throughout';
const higherBound = 'a lower bound 1 % higher';
const formulaOff = 'a formula 1 % larger';
const etaOff = 'a formula in which η is 1 % larger';
const stepBefore = 'the bound of one step less, 2L/t²';
const stepAfter = 'the lower bound of one step more, 3L/(32(t+2)²)';
const growing = 'momentum that grows as (k − 1)/(k + 2)';
const counterModels = [
  shortFast,
  fallingRate,
  fixedMomentum,
  higherBound,
  formulaOff,
  etaOff,
  stepBefore,
  stepAfter,
  growing,
];

/** A method on all chains, with its name and colour in the figure. */
interface Shown {
  readonly name: string;
  readonly color: Color;
  readonly family: Family;
}

/** Compares methods on chains, where no sum of gradients is faster than O(1/t²). */
export const lowerBounds = part(counterModels, async (settings: LowerBoundSettings, trial) => {
  const { stepFactor, steps, chains, averaging } = settings;
  const halves = [...new Set(Array.from({ length: chains }, (_, i) => Math.round(steps ** (i / (chains - 1)))))];
  const shown: Shown[] = [];
  let done = 0;
  const soFar = () => (shown.length === 0 ? [] : [chainsFigure(shown, steps)]);
  const run = (rule: Rule | Method) =>
    onChains(rule, halves, steps, () => trial.progress(++done / (7 * halves.length), soFar));
  const show = (name: string, color: Color, family: Family) => {
    shown.push({ name, color, family });
    return family;
  };
  const rules = {
    plain: gradientDescent({
      learningRate: trial.instead<Hyperparameter>(
        fallingRate,
        stepFactor,
        schedules.inverseTime({ from: stepFactor, alpha: 0.5, allowDivergent: true }),
      ),
    }),
    fast: accelerated({
      learningRate: trial.instead(shortFast, stepFactor, 0.95),
      // (√361 − 1)/(√361 + 1) = 0.9
      ...trial.instead(fixedMomentum, {}, { strongConvexity: 1 / (361 * stepFactor) }),
    }),
  };
  const plain = show('gradient descent', 'blue', await run(rules.plain));
  const fast = show('accelerated', 'orange', await run(rules.fast));
  const conjugate = show('L-BFGS', 'green', await run(lbfgs({ history: 20, curvature: 0.1 })));
  const largestRate = (2 + 2 * averaging) / ((1 + 2 * averaging) * (1 - averaging)); // the largest stable one for L = 1
  const averages: (Family & { learningRate: number })[] = [];
  for (const learningRate of [0.25, 0.5, 0.75, 0.9].map((share) => share * largestRate)) {
    const rule = momentum({ learningRate, decay: averaging, nesterov: true });
    averages.push({ learningRate, ...(await run(trial.instead<Rule | Method>(growing, rule, rules.fast))) });
  }
  const average = averages.reduce((a, b) => (b.worst[steps]! < a.worst[steps]! ? b : a));
  const families = [plain, fast, conjugate, show('averaged Nesterov momentum', 'purple', average)];

  const onSlopes = (rule: Rule | Method, stepFactorOf: (count: number) => number) =>
    someSteps(steps, 'log', 8)
      .slice(1)
      .map((count): DescentMadeFor => ({ count, ...descend(slowest(count, stepFactorOf(count)), rule, steps) }));
  const plainRuns = [...plain.descents, ...onSlopes(rules.plain, () => stepFactor)];
  const fastSlopes = onSlopes(rules.fast, (count) => (stepFactor * (count + 7)) / 8); // the mean step on a slope
  const fastRuns = [...fast.descents, ...fastSlopes];

  const [plainLongest, fastLongest] = [plain.descents.at(-1)!, fast.descents.at(-1)!];
  const size = plainLongest.problem.start.length;
  const worstPowers = [plain, fast].map(({ worst }) => exponent(worst, steps / 8));
  const singlePowers = [plain, fast].map(({ descents }) => exponent(descents.at(-1)!.excess, steps / 8));
  const averagePower = exponent(average.worst, steps / 2);
  const boundFactor = trial.instead(higherBound, 1, 1.01);
  const leastFactor = trial.instead(formulaOff, 1, 1.01);
  const inFormula = trial.instead(etaOff, stepFactor, 1.01 * stepFactor);

  const upper: Bound = (descent, t) => acceleratedBound(descent, trial.instead(stepBefore, t, t - 1));
  const lowest: Bound = ({ distance2 }, t) => lowerBound(trial.instead(stepAfter, t, t + 1)) * distance2;

  const plainBound = claim(
    'gradient descent: (R(θ(t)) − R*) / (L/(4ηLt + 2) · ‖θ(0) − θ*‖²) on all chains and slopes, the largest of all t: 1, but for rounding',
  ).between(largestShareOf(plainRuns, sharpestBound(inFormula)), 1 - 1e-9, 1 + 1e-12, etaOff);
  const fastBound = claim(
    'accelerated: (R(θ(t)) − R*) / (2L/(t+1)² · ‖θ(0) − θ*‖²), the largest likewise: it comes close to 1',
  ).between(largestShareOf(fastRuns, acceleratedBound), 0.9, 1, shortFast);
  const attained = [
    claim(
      'accelerated, on the slope that is made for t: this ratio is (t+1)²/(ηL(t² + 7t) + 4), which tends to 1: the largest relative deviation',
    ).atMost(
      shareDeviation(fastSlopes, upper, (t) => (t + 1) ** 2 / (stepFactor * (t * t + 7 * t) + 4)),
      1e-9,
      stepBefore,
    ),
    claim(
      'L-BFGS, on the chain of n = 2t + 1: (R(θ(t)) − R*) / (3L/(32(t+1)²) · ‖θ(0) − θ*‖²) = 8(t+1)²/((2t+1)(4t+3)), which tends to 1: the largest relative deviation',
    ).atMost(
      shareDeviation(conjugate.descents, lowest, (t) => (8 * (t + 1) ** 2) / ((2 * t + 1) * (4 * t + 3))),
      1e-9,
      stepAfter,
    ),
  ];
  const worst = [
    claim('gradient descent on the worst chains: p of tᵖ, t ≥ steps/8').between(
      worstPowers[0]!,
      -1.15,
      -0.85,
      fallingRate,
    ),
    claim('accelerated on the worst chains: p of tᵖ, t ≥ steps/8').between(worstPowers[1]!, -2.2, -1.8, fixedMomentum),
  ];
  const single = [
    claim('gradient descent on the longest chain alone: p likewise').between(singlePowers[0]!, -0.6, -0.4, fallingRate),
    claim('accelerated on the longest chain alone: p likewise').between(singlePowers[1]!, -1.25, -0.85, fixedMomentum),
  ];
  const lower = [
    claim(
      '(R(θ(t)) − R*) / (3L/(32(t+1)²) · ‖θ(0) − θ*‖²) on the chains of n = 2t + 1, the least of four methods',
    ).atLeast(
      Math.min(...families.map((family) => leastShare(family, (t) => boundFactor * lowerBound(t)))),
      1,
      higherBound,
    ),
    claim(
      'no sum of t gradients gets below R* + L/8 · (1/(t+1) − 1/(n+1)) on a chain, and L-BFGS attains it: how far a method gets below it, over L',
    ).between(
      Math.max(...families.map((family) => mostBelowLeast(family, (n, t) => leastFactor * leastOnChain(n, t)))),
      -1e-12,
      1e-12,
      formulaOff,
    ),
  ];
  const averaged = claim(
    'averaged Nesterov momentum, with the best of four rates, on the worst chains: p of tᵖ, t ≥ steps/2',
  ).between(averagePower, -1.4, -0.8, growing);
  const above = ({ worst }: Family) => shortened(worst[steps]! / lowerBound(steps));
  const averageRate = `The lecture's Nesterov momentum, an average with a fixed α = ${averaging}, is another thing. With the best of four rates, η = ${shortened(average.learningRate)}/L of ${shortened(largestRate)}/L where it becomes unstable, its power is ${shortened(averagePower)} for t ≥ ${Math.ceil(steps / 2)}`;
  const averageAt = `At t = ${shortened(steps)} its R − R* is ${fast.worst[steps]! < Infinity ? `${shortened(average.worst[steps]! / fast.worst[steps]!)} times that of acceleration, and ` : ''}${shortened((average.worst[steps]! * (steps + 1) ** 2) / 2)} times the bound 2L/(t+1)²`;
  const powers = (values: readonly number[]) =>
    values.map((power) => (Number.isFinite(power) ? shortened(power) : 'no number (it diverges)')).join(' and ');
  const overLower = `At t = ${shortened(steps)} they are at ${above(plain)} and ${above(fast)} times the lower bound, L-BFGS with a sharp line search at ${above(conjugate)} times`;
  return {
    figures: [chainsFigure(shown, steps), longestFigure(plainLongest, fastLongest, size)],
    checks: [plainBound, fastBound, ...attained, ...worst, ...single, ...lower, averaged],
    findings: [
      finding(
        worst,
        `On the worst chains R − R* falls as t to the power of ${shortened(worstPowers[0]!)} by gradient descent and of ${shortened(worstPowers[1]!)} by acceleration. ${overLower}.`,
        `On the worst chains the slopes of R − R* over t, on log–log axes, are ${powers(worstPowers)}, by gradient descent and by acceleration with η = ${shortened(stepFactor)}/L. ${overLower}.`,
      ),
      finding(
        [...worst, ...single],
        `The bound is of a chain that is made for t. On the one of n = ${size} alone the powers are ${singlePowers.map(shortened).join(' and ')}, half as much, as ‖θ(0) − θ*‖² grows with n.`,
        `On the chain of n = ${size} alone the powers are ${powers(singlePowers)}. With η = ${shortened(stepFactor)}/L they, or those of the worst chains, are not what theory says of η = 1/L.`,
      ),
      finding(
        [averaged],
        `${averageRate}: gradient descent with a longer step. ${averageAt}, a share that grows with t.`,
        `${averageRate}. ${averageAt}.`,
      ),
    ],
  };
});

const theory = (steps: number, name: string, color: Color, style: 'dashed' | 'dotted', at: (t: number) => number) =>
  line({ name, color, style }, someSteps(steps, 'log', 80).slice(1), (t) => [t, at(t)]);

const chainsFigure = (shown: readonly Shown[], steps: number): Figure => ({
  name: 'chains',
  title: 'O(1/t) and O(1/t²)',
  caption:
    'R(θ(t)) − R* on the chain that is worst for t, and the bounds. No method whose steps are sums of gradients can get below the lower one. Compare the slopes. The averaged momentum has the best of four fixed learning rates.',
  x: { label: 'step t', scale: 'log' },
  y: { label: 'worst (R(θ(t)) − R*) / (L‖θ(0) − θ*‖²)', scale: 'log', domain: [lowerBound(steps) / 2, 3] },
  marks: [
    theory(steps, 'L/(4t + 2)', 'blue', 'dashed', (t) => 1 / (4 * t + 2)),
    theory(steps, '2L/(t+1)²', 'orange', 'dashed', (t) => 2 / (t + 1) ** 2),
    theory(steps, 'lower bound 3L/(32(t+1)²)', 'gray', 'dotted', lowerBound),
    ...shown.map(({ name, color, family: { worst } }) =>
      line({ name, color }, someSteps(steps, 'log'), (t) => [t, worst[t]!]),
    ),
  ],
});

const longestFigure = (plain: Descent, fast: Descent, size: number): Figure => ({
  name: 'one-chain',
  title: 'The longest chain alone',
  caption: `On the chain of n = ${size} R − R* falls in theory as 1/√t and 1/t, the square roots of the rates above: the rates 1/t and 1/t² appear only on the worst chain for each t.`,
  x: { label: 'step t', scale: 'log' },
  y: { label: '(R(θ(t)) − R*) / (R(θ(0)) − R*)', scale: 'log' },
  marks: [
    theory(
      (size - 1) / 2,
      'best sum of t gradients',
      'gray',
      'dotted',
      (t) => leastOnChain(size, t) / leastOnChain(size, 0),
    ),
    ...(
      [
        ['gradient descent', 'blue', plain],
        ['accelerated', 'orange', fast],
      ] as const
    ).map(([name, color, descent]) => line({ name, color }, excessCurve(descent, leastOnChain(size, 0), 'log'))),
  ],
});
