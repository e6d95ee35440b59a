import { fraction, positive } from '../../checks.js';
import { accelerated } from '../../optimizers/accelerated.js';
import { gradientDescent } from '../../optimizers/gradient_descent.js';
import { lbfgs } from '../../optimizers/lbfgs.js';
import { momentum } from '../../optimizers/momentum.js';
import type { Rule } from '../../optimizers/rule.js';
import { atLeast, atMost, between, shortened } from '../check.js';
import { type Bound, descend, excessCurve, largestShareOf, linearBound, sublinearBound } from '../convex/bounds.js';
import { leastOnChain, leastShare, lowerBound, mostUnderLeast, onChains } from '../convex/chains.js';
import { conditioned, moreThan, stepsByCondition } from '../convex/conditioning.js';
import { irisExamples } from '../convex/iris.js';
import { experiment } from '../experiment.js';
import type { Color, Line, Point } from '../figure.js';
import type { ConvexProblem } from '../problems/quadratic.js';
import { logisticRegression } from '../problems/regression.js';
import { slowest } from '../problems/slowest.js';
import { Random } from '../random.js';
import { real, seed, whole } from '../setting.js';
import { logLogSlope } from '../slope.js';
import { someSteps } from '../some_steps.js';

const acceleratedBound: Bound = ({ problem, distance2 }, t) => ((2 * problem.smoothness) / (t + 1) ** 2) * distance2;
const acceleratedLinearBound: Bound = ({ problem: { smoothness, strongConvexity }, excess, distance2 }, t) =>
  (1 - Math.sqrt(strongConvexity / smoothness)) ** t * (excess[0]! + (strongConvexity / 2) * distance2);

const pointsOf = (values: readonly number[], last = values.length - 1) =>
  someSteps(last, 'log').map((t): Point => [t, values[t]!]);

/** The exponent of t, from a step on. */
const exponent = (values: readonly number[], from: number) =>
  logLogSlope(values.map((value, t): Point => [t, value]).slice(Math.ceil(from)));

export const acceleration = experiment({
  number: 5,
  name: 'acceleration',
  title: "Nesterov's acceleration",
  slides: [
    {
      title: 'Gradient Descent: Classic analysis',
      claim: 'a lower bound O(1/t²) in general, which Nesterov acceleration achieves',
    },
  ],
  question: 'How much faster than gradient descent can a method be that sees gradients alone?',
  formulas: [
    'y = θ(t) + β(θ(t) − θ(t−1)),  θ(t+1) = y − η∇R(y),  η = 1/L',
    'β = (k − 1)/(k + 2) at step k:  R(θ(t)) − R* ≤ 2L/(t+1)² · ‖θ(0) − θ*‖²',
    'any method that adds up gradients, on some R:  R(θ(t)) − R* ≥ 3L/(32(t+1)²) · ‖θ(0) − θ*‖²',
    'such as the chain R = L/8 · (θ₁² + Σ(θᵢ − θᵢ₊₁)² + θₙ² − 2θ₁) of n = 2t + 1 numbers',
    'β = (√κ − 1)/(√κ + 1), R μ-strongly convex:  R(θ(t)) − R* ≤ (1 − 1/√κ)ᵗ (R(θ(0)) − R* + μ/2 · ‖θ(0) − θ*‖²)',
  ],
  sources: [
    'Nesterov 1983, A method of solving a convex programming problem with convergence rate O(1/k²)',
    'Nesterov 2004, Introductory Lectures on Convex Optimization, theorems 2.1.7 and 2.2.3',
    'Su, Boyd & Candès 2016, arXiv:1503.01243; restarts: O’Donoghue & Candès 2015, arXiv:1204.3982',
    'Fisher 1936, the iris data',
  ],
  settings: {
    stepFactor: real('η · L, the step in units of 1/L', { full: 1, range: positive }),
    steps: whole('steps on each chain', { full: 600, small: 200, least: 50, most: 10_000 }),
    chains: whole('how many chains there are, up to one of n = 2 · steps + 1', {
      full: 20,
      small: 14,
      least: 5,
      most: 100,
    }),
    averaging: real('α of the momentum that is an average', { full: 0.9, range: fraction }),
    conditionNumber: real('κ of the strongly convex quadratic', { full: 1000, small: 300, range: moreThan(1) }),
    dimensions: whole('numbers in θ of the quadratics', { full: 50, small: 20, least: 2, most: 1000 }),
    largestCondition: real('κ up to which steps are counted', { full: 1e4, small: 1e3, range: moreThan(10) }),
    decay: real('λ of the logistic regression, which is its μ', { full: 0.001, range: positive }),
    seed,
  },

  async run(settings, progress) {
    const { stepFactor, steps, chains, averaging, dimensions, conditionNumber } = settings;
    const random = new Random(settings.seed);
    const halves = [...new Set(Array.from({ length: chains }, (_, i) => Math.round(steps ** (i / (chains - 1)))))];
    let count = 0;
    const family = (rule: Rule) => onChains(rule, halves, steps, () => progress((0.7 * ++count) / (7 * halves.length)));
    const plain = await family(gradientDescent({ learningRate: stepFactor }));
    const fast = await family(accelerated({ learningRate: stepFactor }));
    const conjugate = await family(lbfgs({ history: 20, curvature: 0.1 }));
    const stable = (2 + 2 * averaging) / ((1 + 2 * averaging) * (1 - averaging));
    const averages = [];
    for (const learningRate of [0.25, 0.5, 0.75, 0.9].map((share) => share * stable))
      averages.push({
        learningRate,
        ...(await family(momentum({ learningRate, decay: averaging, nesterov: true }))),
      });
    const average = averages.reduce((a, b) => (b.worst[steps]! < a.worst[steps]! ? b : a));

    const slopes = (rule: Rule, stepFactorOf: (count: number) => number) =>
      someSteps(steps, 'log', 8).map((count) => descend(slowest(count, stepFactorOf(count)), rule, steps));
    const plainSlopes = slopes(gradientDescent({ learningRate: stepFactor }), () => 1);
    const fastSlopes = slopes(accelerated({ learningRate: stepFactor }), (count) => count / 8); // about how far it comes

    const plainRule = ({ smoothness }: ConvexProblem) => gradientDescent({ learningRate: stepFactor / smoothness });
    const fastRule = ({ smoothness, strongConvexity }: ConvexProblem) =>
      accelerated({ learningRate: stepFactor / smoothness, strongConvexity });
    const ravine = conditioned(conditionNumber, dimensions, random);
    const logistic = logisticRegression(await irisExamples(), settings.decay);
    const horizon = Math.ceil(12 * Math.sqrt(conditionNumber));
    const plainCurved = [ravine, logistic].map((problem) => descend(problem, plainRule(problem), horizon));
    const fastCurved = [ravine, logistic].map((problem) => descend(problem, fastRule(problem), horizon));
    const restarted = descend(ravine, accelerated({ learningRate: stepFactor, restart: 'gradient' }), horizon);
    const [plainRavine, fastRavine] = [plainCurved[0]!, fastCurved[0]!];

    const counted = await stepsByCondition({
      largest: settings.largestCondition,
      dimensions,
      random,
      rules: { plain: plainRule, fast: fastRule },
      progress: (share) => progress(0.7 + 0.3 * share),
    });
    const families = [plain, fast, conjugate, average];
    const longest = plain.descents.length - 1;
    const [plainLongest, fastLongest] = [plain.descents[longest]!, fast.descents[longest]!];
    const times = someSteps(steps, 'log', 100);
    const theory = (name: string, style: 'dashed' | 'dotted', bound: (t: number) => number, color: Color): Line => ({
      kind: 'line',
      name,
      color,
      style,
      points: times.filter((t) => t > 0).map((t) => [t, bound(t)]),
    });
    const exponents = { plain: exponent(plain.worst, steps / 8), fast: exponent(fast.worst, steps / 8) };
    const powers = { plain: logLogSlope(counted.plain), fast: logLogSlope(counted.fast) };
    return {
      figures: [
        {
          name: 'chains',
          title: 'O(1/t) and O(1/t²)',
          caption:
            'R(θ_t) − R* on the worst of the chains for each t. No method that adds up gradients gets under the lower bound; acceleration runs beside it. Momentum that is an average runs beside gradient descent in the end.',
          x: { label: 'step t', scale: 'log' },
          y: {
            label: 'worst (R(θ_t) − R*) / (L‖θ₀ − θ*‖²)',
            scale: 'log',
            domain: [lowerBound(steps) / 2, 3],
          },
          marks: [
            theory('L/(2t)', 'dashed', (t) => 1 / (2 * t), 'blue'),
            theory('2L/(t+1)²', 'dashed', (t) => 2 / (t + 1) ** 2, 'orange'),
            theory('lower bound 3L/(32(t+1)²)', 'dotted', lowerBound, 'gray'),
            { kind: 'line', name: 'gradient descent', color: 'blue', points: pointsOf(plain.worst) },
            { kind: 'line', name: 'accelerated', color: 'orange', points: pointsOf(fast.worst) },
            { kind: 'line', name: 'L-BFGS', color: 'green', points: pointsOf(conjugate.worst) },
            { kind: 'line', name: 'averaged Nesterov momentum', color: 'purple', points: pointsOf(average.worst) },
          ],
        },
        {
          name: 'one-chain',
          title: 'A single chain shows the square roots of these rates',
          caption: `On one chain of n = ${plainLongest.problem.start.length} numbers R − R* falls as t^−½ and as 1/t: what is O(1/t) and O(1/t²) is the worst chain for each t.`,
          x: { label: 'step t', scale: 'log' },
          y: { label: '(R(θ_t) − R*) / (R(θ₀) − R*)', scale: 'log' },
          marks: [
            {
              kind: 'line',
              name: 'gradient descent',
              color: 'blue',
              points: excessCurve(plainLongest, plainLongest.excess[0]!, 'log'),
            },
            {
              kind: 'line',
              name: 'accelerated',
              color: 'orange',
              points: excessCurve(fastLongest, fastLongest.excess[0]!, 'log'),
            },
            theory(
              'best sum of t gradients',
              'dotted',
              (t) => leastOnChain(plainLongest.problem.start.length, t) / plainLongest.excess[0]!,
              'gray',
            ),
          ],
        },
        {
          name: 'strongly-convex',
          title: 'Linear rates: √κ instead of κ',
          caption: `A quadratic with κ = ${shortened(conditionNumber)}: lines, under their bounds (dashed). Without μ, momentum that grows and begins anew where it leads uphill does nearly as well.`,
          x: { label: 'step t' },
          y: { label: '(R(θ_t) − R*) / (R(θ₀) − R*)', scale: 'log', domain: [1e-10, 3] },
          marks: [
            {
              kind: 'line',
              name: 'gradient descent',
              color: 'blue',
              points: excessCurve(plainRavine, plainRavine.excess[0]!),
            },
            {
              kind: 'line',
              name: 'accelerated, with μ',
              color: 'orange',
              points: excessCurve(fastRavine, fastRavine.excess[0]!),
            },
            {
              kind: 'line',
              name: 'accelerated, restarted',
              color: 'green',
              points: excessCurve(restarted, restarted.excess[0]!),
            },
            ...(
              [
                [plainRavine, linearBound, 'blue'],
                [fastRavine, acceleratedLinearBound, 'orange'],
              ] as const
            ).map(
              ([descent, bound, color]): Line => ({
                kind: 'line',
                color,
                style: 'dashed',
                points: someSteps(horizon).map((t) => [t, bound(descent, t) / descent.excess[0]!]),
              }),
            ),
          ],
        },
        {
          name: 'condition',
          title: 'Steps grow with the root of the condition number',
          caption: 'Steps until R − R* is 10⁻⁶ of what it was, on quadratics.',
          x: { label: 'condition number κ = L/μ', scale: 'log' },
          y: { label: 'steps', scale: 'log' },
          marks: [
            { kind: 'dots', name: 'gradient descent', color: 'blue', points: counted.plain },
            { kind: 'dots', name: 'accelerated', color: 'orange', points: counted.fast },
            {
              kind: 'line',
              name: '∝ κ',
              color: 'blue',
              style: 'dashed',
              points: counted.plain.map(([kappa]) => [kappa, (counted.plain[0]![1] * kappa) / 10]),
            },
            {
              kind: 'line',
              name: '∝ √κ',
              color: 'orange',
              style: 'dashed',
              points: counted.fast.map(([kappa]) => [kappa, counted.fast[0]![1] * Math.sqrt(kappa / 10)]),
            },
          ],
        },
      ],
      checks: [
        atMost(
          'gradient descent: (R(θ_t) − R*) / (L/(2t) · ‖θ₀ − θ*‖²) on all chains and slopes, the largest of all t',
          largestShareOf([...plain.descents, ...plainSlopes], sublinearBound),
          1,
        ),
        atMost(
          'accelerated: (R(θ_t) − R*) / (2L/(t+1)² · ‖θ₀ − θ*‖²), the largest likewise',
          largestShareOf([...fast.descents, ...fastSlopes], acceleratedBound),
          1,
        ),
        between('gradient descent: p of tᵖ on the worst chains, t ≥ steps/8', exponents.plain, -1.15, -0.85),
        between('accelerated: p of tᵖ, likewise', exponents.fast, -2.2, -1.8),
        atLeast(
          '(R(θ_t) − R*) / (3L/(32(t+1)²) · ‖θ₀ − θ*‖²) on the chains of n = 2t + 1, the least of four methods',
          Math.min(...families.map(leastShare)),
          1,
        ),
        atMost(
          'the best sum of gradients on any chain has R* + L/8 · (1/(t+1) − 1/(n+1)): how far a method is under it, over L',
          Math.max(...families.map(mostUnderLeast)),
          1e-12,
        ),
        atMost(
          'gradient descent: (R(θ_t) − R*) / ((1 − 1/κ)ᵗ(R(θ₀) − R*)), two strongly convex problems, the largest of all t',
          largestShareOf(plainCurved, linearBound),
          1 + 1e-12,
        ),
        atMost(
          'accelerated: (R(θ_t) − R*) / ((1 − 1/√κ)ᵗ(R(θ₀) − R* + μ/2 · ‖θ₀ − θ*‖²)), likewise',
          largestShareOf(fastCurved, acceleratedLinearBound),
          1 + 1e-12,
        ),
        between('gradient descent: steps to 10⁻⁶ ∝ κᵖ: p', powers.plain, 0.9, 1.1),
        between('accelerated: steps to 10⁻⁶ ∝ κᵖ: p', powers.fast, 0.4, 0.6),
      ],
      findings: [
        `On the worst chains R − R* falls as t to the power of ${shortened(exponents.plain)} by gradient descent and ${shortened(exponents.fast)} by acceleration; at t = ${steps} they are ${shortened(plain.worst[steps]! / lowerBound(steps))} and ${shortened(fast.worst[steps]! / lowerBound(steps))} times above the lower bound, and L-BFGS with a sharp line search ${shortened(conjugate.worst[steps]! / lowerBound(steps))} times.`,
        `The bound speaks of the chain made for t. On the one of n = ${plainLongest.problem.start.length} alone the powers are ${shortened(exponent(plainLongest.excess, steps / 8))} and ${shortened(exponent(fastLongest.excess, steps / 8))}: half of these, as ‖θ₀ − θ*‖² grows with n.`,
        `The lecture's Nesterov momentum, an average with α = ${averaging}, is another thing. With the best of four fixed rates, η = ${shortened(average.learningRate)}/L of at most ${shortened(stable)}/L that is stable, its power is ${shortened(exponent(average.worst, steps / 2))} for t ≥ ${Math.ceil(steps / 2)}: gradient descent with a larger step. At t = ${steps} it is ${shortened(average.worst[steps]! / fast.worst[steps]!)} times above acceleration and at ${shortened((average.worst[steps]! * (steps + 1) ** 2) / 2)} of the bound 2L/(t+1)², a share that grows as t.`,
        `Steps to 10⁻⁶ grow as κ to the power of ${shortened(powers.plain)} and ${shortened(powers.fast)}: at κ = ${shortened(settings.largestCondition)} they are ${shortened(counted.plain.at(-1)![1])} and ${shortened(counted.fast.at(-1)![1])}.`,
      ],
    };
  },
});
