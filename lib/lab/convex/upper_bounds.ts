import { gradientDescent, type Random } from '../../index.js';
import type { Figure, Line, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { type ConvexProblem, quadratic } from '../problems/quadratic.js';
import { leastSquares, logisticRegression } from '../problems/regression.js';
import { slowest } from '../problems/slowest.js';
import { someSteps } from '../some_steps.js';
import { eigenvaluesOf, relativeDeviation } from './along_eigenvectors.js';
import {
  type Bound,
  type Descent,
  type DescentMadeFor,
  descend,
  excessCurve,
  largestShareOf,
  linearBound,
  shareDeviation,
  slideBound,
  sublinearBound,
} from './bounds.js';
import { conditioned } from './conditioning.js';
import { irisExamples } from './iris.js';

/** R(θ(t)) of gradient descent on a quadratic with eigenvectors along the axes: Σ½λᵢ(1 − ηλᵢ)²ᵗθᵢ². */
function closedForm(problem: ConvexProblem, learningRate: number, t: number): number {
  const eigenvalues = eigenvaluesOf(problem);
  const terms = Array.from(
    problem.start,
    (x, i) => (eigenvalues[i]! / 2) * ((1 - learningRate * eigenvalues[i]!) ** t * x) ** 2,
  );
  return terms.reduce((sum, term) => sum + term, 0);
}

export interface UpperBoundSettings {
  readonly stepFactor: number;
  readonly steps: number;
  readonly dimensions: number;
  readonly conditionNumber: number;
  readonly decay: number;
  readonly random: Random;
}

const tooLong = 'η = 2.1/L';
const formulaOff = 'a formula in which η is 1 % larger';
const stepBefore = 'bounds of one step less';

/** Gradient descent on problems whose L, μ and minimum are known, against its bounds at every step. */
export const upperBounds = part([tooLong, formulaOff, stepBefore], async (settings: UpperBoundSettings, trial) => {
  const { steps, dimensions, conditionNumber, decay, random } = settings;
  const stepFactor = trial.instead(tooLong, settings.stepFactor, 2.1);
  const names = [
    `quadratic, κ = ${shortened(conditionNumber)}`,
    'least squares, irises',
    'logistic regression, irises',
    'quadratic, λᵢ = 1/i²',
  ];
  const found: Descent[] = [];
  const down = async (problem: ConvexProblem) => {
    const descent = descend(problem, gradientDescent({ learningRate: stepFactor / problem.smoothness }), steps);
    found.push(descent);
    await trial.progress(found.length / 30, () => [
      convexFigure(found.slice(0, names.length), names, [], { steps, stepFactor }),
    ]);
    return descent;
  };
  const ravine = conditioned(conditionNumber, dimensions, random);
  const examples = await irisExamples();
  const powers = Array.from({ length: dimensions }, (_, i) => (i + 1) ** -2);
  const onRavine = await down(ravine);
  const curved = [onRavine, await down(leastSquares(examples)), await down(logisticRegression(examples, decay))];
  const all = [...curved, await down(quadratic(powers, { start: random.normals(dimensions) }))];
  const slopes: DescentMadeFor[] = [];
  for (const count of someSteps(steps, 'log', 8).slice(1))
    slopes.push({ count, ...(await down(slowest(count, stepFactor))) });

  const inFormula = trial.instead(formulaOff, stepFactor, 1.01 * stepFactor);
  const worstCase = (t: number) => 1 / (4 * inFormula * t + 2);
  const exact = onRavine.excess.map((_, t) => closedForm(ravine, inFormula / ravine.smoothness, t));
  const worst = slopes.map(({ count, excess }): Point => [count, excess[count] ?? Infinity]);
  const shifted = (bound: Bound): Bound => trial.instead(stepBefore, bound, (descent, t) => bound(descent, t - 1));
  const [slide, sharper, shares, equality, linear, closed] = [
    claim(
      '(R(θ(t)) − R*) / (2L/(t+1) · ‖θ(0) − θ*‖²), the largest of all t: four convex problems, and the slowest functions',
    ).atMost(largestShareOf([...all, ...slopes], slideBound), 1, tooLong),
    claim('(R(θ(t)) − R*) / (L/(2t) · ‖θ(0) − θ*‖²), the largest likewise').atMost(
      largestShareOf([...all, ...slopes], sublinearBound),
      1,
      tooLong,
    ),
    claim(
      'these ratios on the slowest function for t steps: (t+1)/(8ηLt + 4) and t/(2ηLt + 1): the largest relative deviation',
    ).atMost(
      Math.max(
        shareDeviation(slopes, shifted(slideBound), (t) => (t + 1) / (8 * stepFactor * t + 4)),
        shareDeviation(slopes, shifted(sublinearBound), (t) => t / (2 * stepFactor * t + 1)),
      ),
      1e-9,
      stepBefore,
    ),
    claim(
      'R(θ(N)) − R* = L/(4ηLN + 2) · ‖θ(0) − θ*‖² on the slowest function for N steps: the largest relative deviation',
    ).atMost(Math.max(...worst.map(([count, excess]) => Math.abs(excess / worstCase(count) - 1))), 1e-10, formulaOff),
    claim(
      '(R(θ(t)) − R*) / ((1 − μ/L)ᵗ(R(θ(0)) − R*)), the largest of all t, but for rounding: three strongly convex problems (1 at t = 0; this does not measure how tight the bound is later)',
    ).between(largestShareOf(curved, shifted(linearBound)), 1 - 1e-9, 1 + 1e-12, tooLong),
    claim('R(θ(t)) = Σ½λᵢ(1 − ηλᵢ)²ᵗθᵢ² on the quadratic: the largest relative deviation').atMost(
      relativeDeviation(onRavine.excess, exact),
      1e-9,
      formulaOff,
    ),
  ] as const;
  const bounds = finding(
    [slide, sharper],
    'Both bounds hold, but R on the slowest functions is not as the formula has it.',
    'The bounds are made for η = 1/L, and do not all hold here.',
  );
  const [percentOfAll, percentOfSlowest] = [all, slopes].map((descents) =>
    percent(largestShareOf(descents, slideBound)),
  );
  return {
    figures: [convexFigure(all, names, worst, { steps, stepFactor }), stronglyConvexFigure(curved, names)],
    checks: [slide, sharper, shares, equality, linear, closed],
    findings: [
      finding(
        [slide, sharper, shares, equality],
        `On the quadratics and the irises R − R* comes to ${percentOfAll} of the slide's bound at most, on the slowest functions to ${percentOfSlowest}: it is valid. At t = ${shortened(steps)} it is ${shortened((4 * steps) / (steps + 1))} times L/(2t) · ‖θ(0) − θ*‖², and ${shortened(2 / (steps + 1) / worstCase(steps))} times the worst that can be, L/(4ηLt + 2) · ‖θ(0) − θ*‖².`,
        `With η = ${shortened(stepFactor)}/L R − R* comes to ${percentOfAll} of the slide's bound on the quadratics and the irises, and to ${percentOfSlowest} on the slowest functions. ${bounds}`,
      ),
      finding(
        [linear],
        `After ${shortened(steps)} steps on the quadratic R − R* is ${shortened(onRavine.excess.at(-1)! / onRavine.excess[0]!)} of what it was, where (1 − μ/L)ᵗ allows ${shortened(linearBound(onRavine, steps) / onRavine.excess[0]!)}.`,
        `After ${shortened(onRavine.excess.length - 1)} steps on the quadratic R − R* is ${shortened(onRavine.excess.at(-1)! / onRavine.excess[0]!)} of what it was; on some problem it is above (1 − μ/L)ᵗ at some step.`,
      ),
    ],
  };
});

const percent = (share: number) => `${shortened(100 * share)} %`;

function convexFigure(
  descents: readonly Descent[],
  names: readonly string[],
  worst: readonly Point[],
  { steps, stepFactor }: { readonly steps: number; readonly stepFactor: number },
): Figure {
  const times = someSteps(steps, 'log', 100).slice(1);
  const bound = (name: string, style: 'dashed' | 'dotted', at: (t: number) => number) =>
    line({ name, color: 'gray', style }, times, (t) => [t, at(t)]);
  return {
    name: 'convex',
    title: 'O(1/t) on convex problems',
    caption: `R(θ(t)) − R* with η = ${shortened(stepFactor)}/L, and the bounds for η = 1/L. Each dot is the end of a run on the function that is slowest for that number of steps.`,
    x: { label: 'step t', scale: 'log' },
    y: { label: '(R(θ(t)) − R*) / (L‖θ(0) − θ*‖²)', scale: 'log', domain: [1e-8, 3] },
    marks: [
      bound('slide: 2L/(t+1)', 'dashed', (t) => 2 / (t + 1)),
      bound('sharper: L/(2t)', 'dotted', (t) => 1 / (2 * t)),
      ...descents.map((descent, i): Line => {
        const points = excessCurve(descent, descent.problem.smoothness * descent.distance2, 'log');
        return line({ name: names[i]! }, points);
      }),
      dots({ name: 'the slowest function for t steps', color: 'pink' }, worst),
    ],
  };
}

function stronglyConvexFigure(descents: readonly Descent[], names: readonly string[]): Figure {
  const colors = ['blue', 'orange', 'green'] as const;
  return {
    name: 'strongly-convex',
    title: 'A linear rate on strongly convex problems',
    caption:
      'R(θ(t)) − R* as a share of its first value (lines), and the bound (1 − μ/L)ᵗ (dashed, in the same colour).',
    x: { label: 'step t' },
    y: { label: '(R(θ(t)) − R*) / (R(θ(0)) − R*)', scale: 'log', domain: [1e-12, 2] },
    marks: descents.flatMap((descent, i): Line[] => {
      const [start, color] = [descent.excess[0]!, colors[i]!];
      const bound = someSteps(descent.excess.length - 1).map((t): Point => [t, linearBound(descent, t) / start]);
      return [line({ name: names[i]!, color }, excessCurve(descent, start)), line({ color, style: 'dashed' }, bound)];
    }),
  };
}
