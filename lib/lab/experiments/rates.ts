import { positive, type Range } from '../../checks.js';
import { minimize, type Trajectory } from '../../minimize/minimize.js';
import { gradientDescent } from '../../optimizers/gradient_descent.js';
import type { Rule } from '../../optimizers/rule.js';
import { atLeast, atMost, between, shortened } from '../check.js';
import {
  type Bound,
  type Descent,
  descend,
  excessCurve,
  largestShareOf,
  linearBound,
  sublinearBound,
} from '../convex/bounds.js';
import { conditioned, moreThan, stepsAllowed, stepsByCondition } from '../convex/conditioning.js';
import { irisExamples } from '../convex/iris.js';
import { wolfeShares } from '../convex/wolfe_shares.js';
import { experiment } from '../experiment.js';
import type { Figure, Line, Point } from '../figure.js';
import { type ConvexProblem, quadratic } from '../problems/quadratic.js';
import { leastSquares, logisticRegression } from '../problems/regression.js';
import { slowest } from '../problems/slowest.js';
import { rosenbrock } from '../problems/two_dimensional.js';
import { Random } from '../random.js';
import { real, seed, whole } from '../setting.js';
import { logLogSlope } from '../slope.js';
import { someSteps } from '../some_steps.js';

const slideBound: Bound = ({ problem: { smoothness }, distance2 }, t) => ((2 * smoothness) / (t + 1)) * distance2;

/** R(θ_t) on a quadratic along the coordinates, where each of them shrinks by itself: Σ½λᵢ(1 − ηλᵢ)²ᵗθᵢ². */
function closedForm({ start, hessianVectorProduct }: ConvexProblem, learningRate: number, t: number): number {
  const theta = Float64Array.from(start);
  const eigenvalues = hessianVectorProduct!(theta, theta).map((product, i) => product / theta[i]!);
  const terms = theta.map((x, i) => (eigenvalues[i]! / 2) * ((1 - learningRate * eigenvalues[i]!) ** t * x) ** 2);
  return terms.reduce((sum, term) => sum + term, 0);
}

/** The largest |a − b| / b of two series. Where they are so small that they have fewer digits, they count as equal. */
const deviation = (measured: readonly number[], predicted: readonly number[]): number =>
  Math.max(...measured.map((value, t) => Math.abs(value - predicted[t]!) / (predicted[t]! + 2 ** -1000)));

const between0And = (high: number): Range => ({
  expected: `a number between 0 and ${high}`,
  allows: (x) => x > 0 && x < high,
});

type NamedDescent = Descent & { readonly name: string };

export const rates = experiment({
  number: 4,
  name: 'rates',
  title: 'Gradient descent on convex problems',
  slides: [
    { title: 'Gradient Descent', claim: 'η is the step size; or a line search finds it' },
    {
      title: 'Gradient Descent: Classic analysis',
      claim:
        'O(1/t) where R is convex and its gradient L-Lipschitz; a linear rate where it is μ-strongly convex, the worse the larger L/μ',
    },
  ],
  question: 'How fast does gradient descent come down on a convex objective, and what slows it?',
  formulas: [
    'θ(t+1) = θ(t) − η∇R(θ(t)),  η = 1/L',
    'R convex and L-smooth:  R(θ(t)) − R* ≤ 2L/(t+1) · ‖θ(0) − θ*‖²,  and even ≤ L/(2t) · ‖θ(0) − θ*‖²',
    'and μ-strongly convex:  R(θ(t)) − R* ≤ (1 − μ/L)ᵗ (R(θ(0)) − R*),  κ = L/μ',
    'Armijo:  R(θ + αp) ≤ R(θ) + c₁α∇R(θ)ᵀp;  strong Wolfe:  |∇R(θ + αp)ᵀp| ≤ c₂|∇R(θ)ᵀp| as well',
  ],
  sources: [
    'Nesterov 2018, Lectures on Convex Optimization, section 2.1.5',
    'Drori & Teboulle 2014, Performance of first-order methods for smooth convex minimization, arXiv:1206.3209',
    'Nocedal & Wright 2006, Numerical Optimization, section 3.1',
    'Fisher 1936, the iris data; Rosenbrock 1960',
  ],
  settings: {
    stepFactor: real('η · L, the step in units of 1/L', { full: 1, range: positive }),
    steps: whole('steps on each convex problem', { full: 2000, small: 300, least: 10, most: 100_000 }),
    dimensions: whole('numbers in θ of the quadratics', { full: 50, small: 20, least: 2, most: 1000 }),
    conditionNumber: real('κ of the strongly convex quadratic', { full: 100, range: moreThan(1) }),
    largestCondition: real('κ up to which steps are counted', { full: 1e4, small: 1e3, range: moreThan(10) }),
    decay: real('λ of the logistic regression, which is its μ', { full: 0.01, range: positive }),
    evaluations: whole('gradients that a line search may ask for', { full: 10_000, small: 2000, least: 100 }),
    sufficientDecrease: real('c₁ of the line searches', { full: 0.1, range: between0And(0.5) }),
    curvature: real('c₂ of the strong-Wolfe search', { full: 0.5, range: between0And(1) }),
    seed,
  },

  async run(settings, progress) {
    const { stepFactor, steps, dimensions, conditionNumber, decay, sufficientDecrease, curvature } = settings;
    const random = new Random(settings.seed);
    const ruleFor = ({ smoothness }: ConvexProblem) => gradientDescent({ learningRate: stepFactor / smoothness });
    const named = async (name: string, problem: ConvexProblem): Promise<NamedDescent> => {
      const descent = descend(problem, ruleFor(problem), steps);
      await progress(0.1);
      return { name, ...descent };
    };
    const ravine = conditioned(conditionNumber, dimensions, random);
    const examples = await irisExamples();
    const powers = Array.from({ length: dimensions }, (_, i) => (i + 1) ** -2);
    const onRavine = await named(`quadratic, κ = ${shortened(conditionNumber)}`, ravine);
    const curved = [
      onRavine,
      await named('least squares, irises', leastSquares(examples)),
      await named('logistic regression, irises', logisticRegression(examples, decay)),
    ];
    const flat = await named('quadratic, λᵢ = 1/i²', quadratic(powers, { start: random.normals(dimensions) }));
    const slopes = [];
    for (const count of someSteps(steps, 'log', 8).slice(1))
      slopes.push({ count, ...(await named('slope', slowest(count, stepFactor))) });

    const { descent: counted } = await stepsByCondition({
      largest: settings.largestCondition,
      dimensions,
      random,
      rules: { descent: ruleFor },
      progress: (share) => progress(0.2 + 0.5 * share),
    });

    let searched = 0;
    const search = async (name: string, rule: Rule) => {
      const { trajectory, ...end } = minimize(rosenbrock, {
        rule,
        maxSteps: settings.evaluations,
        tolerance: 0,
        trajectory: true,
        onNonFinite: 'stop',
        onStep: ({ evaluations }) => evaluations < settings.evaluations,
      });
      await progress(0.7 + 0.05 * ++searched);
      return { name, ...end, trajectory: trajectory!, shares: wolfeShares(rosenbrock, trajectory!) };
    };
    const fixed = [];
    for (const share of [256, 1024, 4096])
      fixed.push(await search(`η = 1/${share}`, gradientDescent({ learningRate: 1 / share })));
    const armijo = await search('Armijo', gradientDescent({ lineSearch: 'armijo', sufficientDecrease }));
    const wolfe = await search('strong Wolfe', gradientDescent({ lineSearch: 'wolfe', sufficientDecrease, curvature }));
    const searches = [...fixed, armijo, wolfe];

    const exact = onRavine.excess.map((_, t) => closedForm(ravine, stepFactor / ravine.smoothness, t));
    const worstCase = (count: number) => 1 / (4 * stepFactor * count + 2);
    const power = logLogSlope(counted);
    return {
      figures: [
        convexFigure(
          [...curved, flat],
          slopes.map(({ count, excess }): Point => [count, excess[count]!]),
        ),
        stronglyConvexFigure(curved),
        conditionFigure(counted),
        searchFigure(searches),
      ],
      checks: [
        atMost(
          '(R(θ_t) − R*) / (2L/(t+1) · ‖θ₀ − θ*‖²), the largest of all t: four convex problems, and the slowest functions',
          largestShareOf([...curved, flat, ...slopes], slideBound),
          1,
        ),
        atMost(
          '(R(θ_t) − R*) / (L/(2t) · ‖θ₀ − θ*‖²), the largest likewise',
          largestShareOf([...curved, flat, ...slopes], sublinearBound),
          1,
        ),
        atMost(
          'R(θ_N) − R* = L/(4ηLN + 2) · ‖θ₀ − θ*‖² on the slowest function for N steps: the largest relative deviation',
          Math.max(...slopes.map(({ count, excess }) => Math.abs(excess[count]! / worstCase(count) - 1))),
          1e-10,
        ),
        atMost(
          '(R(θ_t) − R*) / ((1 − μ/L)ᵗ(R(θ₀) − R*)), the largest of all t: three strongly convex problems',
          largestShareOf(curved, linearBound),
          1 + 1e-12,
        ),
        atMost(
          'R(θ_t) = Σ½λᵢ(1 − ηλᵢ)²ᵗθᵢ² on the quadratic: the largest relative deviation',
          deviation(onRavine.excess, exact),
          1e-9,
        ),
        between('steps until R − R* is 10⁻⁶ of what it was ∝ κᵖ: p', power, 0.9, 1.1),
        atMost(
          'these steps / (ln 10⁻⁶ / ln(1 − 1/κ)), the largest',
          Math.max(...counted.map(([kappa, count]) => count / stepsAllowed(1 / kappa))),
          1,
        ),
        atLeast('Armijo, every step: decrease / |α∇R(θ)ᵀp|, the least', armijo.shares.decrease, sufficientDecrease),
        atLeast('strong Wolfe, every step: the same, the least', wolfe.shares.decrease, sufficientDecrease),
        atMost('and |∇R(θ + αp)ᵀp| / |∇R(θ)ᵀp|, the largest', wolfe.shares.slope, curvature),
      ],
      findings: [
        `On the quadratics and the irises R − R* comes to ${percent(largestShareOf([...curved, flat], slideBound))} of the slide's bound at most, on the slowest functions to ${percent(largestShareOf(slopes, slideBound))}: valid, but 4 times looser than L/(2t) · ‖θ₀ − θ*‖², and 8 times than the worst that can be, L/(4t + 2) · ‖θ₀ − θ*‖².`,
        `After ${steps} steps on the quadratic R − R* is ${shortened(onRavine.excess.at(-1)! / onRavine.excess[0]!)} of what it was, where (1 − μ/L)ᵗ allows ${shortened(linearBound(onRavine, steps) / onRavine.excess[0]!)}: a quadratic comes down with its square. Steps grow as κ to the power of ${shortened(power)}.`,
        `R of Rosenbrock's function after ${settings.evaluations.toLocaleString('en')} gradients: ${searches.map(outcome).join(', ')}.`,
      ],
    };
  },
});

const percent = (share: number) => `${shortened(100 * share)} %`;

interface Search {
  readonly name: string;
  readonly status: string;
  readonly loss: number;
  readonly steps: number;
  readonly trajectory: Trajectory;
}

const outcome = ({ name, status, loss, steps }: Search) =>
  status === 'diverged' ? `none with ${name}, which diverges` : `${shortened(loss)} with ${name} (${steps} steps)`;

function convexFigure(descents: readonly NamedDescent[], worst: readonly Point[]): Figure {
  const times = someSteps(worst.at(-1)![0], 'log', 100).slice(1);
  const bound = (name: string, style: 'dashed' | 'dotted', at: (t: number) => number): Line => ({
    kind: 'line',
    name,
    color: 'gray',
    style,
    points: times.map((t) => [t, at(t)]),
  });
  return {
    name: 'convex',
    title: 'O(1/t) on convex problems',
    caption:
      'R(θ_t) − R* with η = 1/L stays under both bounds at every step. Each dot is a function made for so many steps: on no other one are they slower.',
    x: { label: 'step t', scale: 'log' },
    y: { label: '(R(θ_t) − R*) / (L‖θ₀ − θ*‖²)', scale: 'log', domain: [1e-8, 3] },
    marks: [
      bound('slide: 2L/(t+1)', 'dashed', (t) => 2 / (t + 1)),
      bound('sharper: L/(2t)', 'dotted', (t) => 1 / (2 * t)),
      ...descents.map((descent): Line => {
        const points = excessCurve(descent, descent.problem.smoothness * descent.distance2, 'log');
        return { kind: 'line', name: descent.name, points };
      }),
      { kind: 'dots', name: 'the slowest function for t steps', color: 'red', points: worst },
    ],
  };
}

function stronglyConvexFigure(descents: readonly NamedDescent[]): Figure {
  const colors = ['blue', 'orange', 'green'] as const;
  return {
    name: 'strongly-convex',
    title: 'A linear rate on strongly convex problems',
    caption: 'R(θ_t) − R* as a share of what it was (lines), under its bound (1 − μ/L)ᵗ (dashed, of the same colour).',
    x: { label: 'step t' },
    y: { label: '(R(θ_t) − R*) / (R(θ₀) − R*)', scale: 'log', domain: [1e-12, 2] },
    marks: descents.flatMap((descent, i): Line[] => {
      const [start, color] = [descent.excess[0]!, colors[i]!];
      const bound = someSteps(descent.excess.length - 1).map((t): Point => [t, linearBound(descent, t) / start]);
      return [
        { kind: 'line', name: descent.name, color, points: excessCurve(descent, start) },
        { kind: 'line', color, style: 'dashed', points: bound },
      ];
    }),
  };
}

function conditionFigure(counted: readonly Point[]): Figure {
  const allowed = counted.map(([kappa]): Point => [kappa, stepsAllowed(1 / kappa)]);
  return {
    name: 'condition',
    title: 'Steps grow with the condition number',
    caption: 'Steps until R − R* is 10⁻⁶ of what it was, on quadratics, and how many (1 − μ/L)ᵗ allows.',
    x: { label: 'condition number κ = L/μ', scale: 'log' },
    y: { label: 'steps', scale: 'log' },
    marks: [
      { kind: 'dots', name: 'gradient descent, η = 1/L', color: 'blue', points: counted },
      { kind: 'line', name: 'bound', color: 'gray', style: 'dashed', points: allowed },
    ],
  };
}

function searchFigure(searches: readonly Search[]): Figure {
  return {
    name: 'line-search',
    title: 'Fixed steps and line searches',
    caption:
      "Rosenbrock's function from (−1.2, 1). Each trial of a search costs a gradient and counts. Of the fixed steps one is too large to settle and one crawls.",
    x: { label: 'gradients evaluated', scale: 'log' },
    y: { label: 'R(θ)', scale: 'log' },
    marks: searches.map(({ name, status, trajectory: { losses, evaluations } }): Line => {
      const points = someSteps(losses.length - 1, 'log').map((t): Point => [evaluations[t]!, losses[t]!]);
      if (status === 'diverged') points.push([evaluations.at(-1)! + 1, NaN]);
      return { kind: 'line', name, points };
    }),
  };
}
