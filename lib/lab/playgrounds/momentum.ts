import type { Contours, Figure, Mark, Point } from '../../pages/index.js';
import { bestHeavyBall, factorOf, type HeavyBall, type Motion, motionOf } from '../adaptive/heavy_ball.js';
import { shortened } from '../check.js';
import { gridValues } from '../grid.js';
import { band, dots, line } from '../marks.js';
import { untilEdge } from './diverging_path.js';
import { type Control, control, playground, type Values } from './playground.js';

type Name = 'rate' | 'decay' | 'condition';

const controls: Record<Name, Control> = {
  rate: control('η', 'length of a step', { unit: '/L', initial: 1, range: [0.01, 4] }),
  decay: control('α', 'momentum', { initial: 0.8, range: [0, 0.99] }),
  condition: control('κ', 'L/μ', { initial: 50, range: [1, 1000], scale: 'log' }),
};

const steps = 150;

const start: Point = [-9, 4];
const domain = { x: [-10, 10], y: [-5, 5] } as const;

/** The smallest and the largest share of the first R that are drawn. */
const [leastShare, mostShare] = [1e-14, 1e4];

/** The directions of the eigenvectors, with L = 1, and their names. */
const directions = ({ condition }: Values<Name>) =>
  [
    { name: 'λ = μ', curvature: 1 / condition, color: 'blue' },
    { name: 'λ = L', curvature: 1, color: 'orange' },
  ] as const;

/** b ← αb + ∇R(θ), θ ← θ − ηb on R = ½Σλᵢθᵢ²: θ after each step, up to where R leaves the plot. */
function descent({ rate, condition }: Values<Name>, decay: number): Point[] {
  let [x, y] = start;
  let [bx, by] = [0, 0];
  const first = risk([x, y], condition);
  const path: Point[] = [[x, y]];
  for (let t = 1; t <= steps; ++t) {
    [bx, by] = [decay * bx + x / condition, decay * by + y];
    [x, y] = [x - rate * bx, y - rate * by];
    path.push([x, y]);
    const share = risk([x, y], condition) / first;
    if (share > mostShare) return [...path, [Number.NaN, Number.NaN]];
    if (share < leastShare) break;
  }
  return path;
}

const risk = ([x, y]: Point, condition: number) => (x ** 2 / condition + y ** 2) / 2;

function pathFigure(values: Values<Name>, path: readonly Point[]): Figure {
  const isLost = !path.at(-1)!.every(Number.isFinite);
  const width = 161;
  return {
    name: 'path',
    title: 'The path on the quadratic',
    caption:
      'θ along the eigenvectors, from (−9, 4). R = ½(μθ₁² + Lθ₂²); contours are at R = ½c², c = ½, 1, 2, 3 and so on.',
    x: { label: 'θ₁, along λ = μ', domain: domain.x },
    y: { label: 'θ₂, along λ = L', domain: domain.y },
    equal: true,
    marks: [
      {
        kind: 'contours',
        width,
        values: gridValues(domain, { width, height: 81 }, (x, y) => risk([x, y], values.condition)),
        levels: [0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((c) => c ** 2 / 2),
        quantity: 'R',
      },
      { kind: 'path', color: 'purple', points: isLost ? untilEdge(path, domain.x, domain.y) : path },
    ],
  };
}

function riskFigure(values: Values<Name>, path: readonly Point[]): Figure {
  const riskAt = (theta: Point, t: number): Point => [t, risk(theta, values.condition)];
  return {
    name: 'risk',
    title: 'The loss, and its parts along the eigenvectors',
    caption:
      'In the long run each part falls as the square of its factor per step; the slower one decides. Gradient descent has the same η, and α = 0.',
    x: { label: 'step t', domain: [0, steps] },
    y: { label: 'R(θ(t))', scale: 'log' },
    marks: [
      line({ name: 'gradient descent', color: 'gray', style: 'dotted' }, descent(values, 0), riskAt),
      line({ name: 'R with momentum', color: 'purple', width: 3 }, path, riskAt),
      ...directions(values).map(({ name, curvature, color }, i) =>
        line({ name: `part of ${name}`, color, width: 1.25 }, path, (theta, t) => [
          t,
          (curvature * theta[i]! ** 2) / 2,
        ]),
      ),
    ],
  };
}

const mostStep = 4;

/** `count` numbers from `low` to `high`, evenly spaced. */
const between = (low: number, high: number, count: number) =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

/** Regions of the plane of (ηλ, α): α from `low` to `high` over each ηλ. */
const regions: readonly Mark[] = (
  [
    ['monotone', 'gray', [0, 1], () => 0, (step) => (1 - Math.sqrt(step)) ** 2],
    ['oscillating', 'teal', [0, 4], (step) => (1 - Math.sqrt(step)) ** 2, () => 1],
    ['alternating', 'gold', [1, 4], (step) => Math.max(0, step / 2 - 1), (step) => (1 - Math.sqrt(step)) ** 2],
    ['diverging', 'red', [2, 4], () => 0, (step) => step / 2 - 1],
  ] as [Motion, 'gray', [number, number], (step: number) => number, (step: number) => number][]
).map(([name, color, [from, to], low, high]) =>
  band({ name, color }, between(from, to, 81), (step) => [step, low(step), high(step)]),
);

/** Lines of equal factors per step. */
const factors: Contours = {
  kind: 'contours',
  width: 201,
  values: gridValues({ x: [0, mostStep], y: [0, 1] }, { width: 201, height: 101 }, (step, decay) =>
    factorOf({ step, decay }),
  ),
  levels: [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95],
  quantity: 'factor per step',
};

function phaseFigure(values: Values<Name>): Figure {
  return {
    name: 'phase',
    title: 'The phase diagram of momentum',
    caption:
      'How θ moves along an eigenvector of curvature λ, and lines of equal factors per step: point anywhere to see the factor there. The dots are the two eigenvalues of this quadratic; an eigenvalue between μ and L would lie between them.',
    x: { label: 'η · λ', domain: [0, mostStep] },
    y: { label: 'momentum α', domain: [0, 1] },
    marks: [
      ...regions,
      factors,
      ...[0.5, 0.7, 0.9].map((factor): Mark => ({ kind: 'label', at: [1.35, factor ** 2], text: String(factor) })),
      line({ color: 'gray', style: 'dotted' }, directions(values), (one) => [
        values.rate * one.curvature,
        values.decay,
      ]),
      ...directions(values).map(({ name, color, curvature }) =>
        dots({ name, color, radius: 6 }, [[values.rate * curvature, values.decay]]),
      ),
    ],
  };
}

const described: Record<Motion, string> = {
  monotone: 'comes from one side and shrinks',
  oscillating: 'oscillates and shrinks',
  alternating: 'changes sides in each step and shrinks',
  diverging: 'grows',
};

export const momentum = playground<Name>({
  title: 'Momentum on a quadratic',
  about:
    'Move η, α and κ to see the path, the loss, and the region of the phase diagram in which each eigenvalue lies. The rule is PyTorch’s heavy ball, sgd({ learningRate: η, momentum: α }): b ← αb + g, θ ← θ − ηb. The slide’s m ← αm − (1 − α)g takes the same steps in the long run with an η that is 1/(1 − α) times as large.',
  controls,
  presets: [
    {
      label: 'best η and α for this κ',
      values({ condition }) {
        const { rate, decay } = bestHeavyBall(1 / condition, 1);
        return { rate, decay };
      },
    },
    { label: 'gradient descent', values: ({ condition }) => ({ rate: 2 / (1 + 1 / condition), decay: 0 }) },
  ],
  figures(values) {
    const path = descent(values, values.decay);
    return [pathFigure(values, path), riskFigure(values, path), phaseFigure(values)];
  },
  findings(values) {
    const { rate, decay, condition } = values;
    const balls = directions(values).map(({ name, curvature }): HeavyBall & { name: string } => ({
      name,
      step: rate * curvature,
      decay,
    }));
    const best = bestHeavyBall(1 / condition, 1);
    const slower = Math.max(...balls.map(factorOf));
    return [
      ...balls.map(
        (ball) =>
          `Along ${ball.name}, where ηλ = ${shortened(ball.step)}, θ ${described[motionOf(ball)]} by a factor of ${shortened(factorOf(ball))} per step.`,
      ),
      slower < 1
        ? `The slower of both decides: ${shortened(slower)} per step, a tenth in ${shortened(Math.ceil(Math.log(0.1) / Math.log(slower)))} steps. The least that momentum can have here is (√κ − 1)/(√κ + 1) = ${shortened(best.factor)}, and gradient descent (κ − 1)/(κ + 1) = ${shortened((condition - 1) / (condition + 1))}.`
        : 'It diverges: ηL is not below 2 + 2α.',
      `In the slide’s form this η is ${shortened(rate / (1 - decay))}/L.`,
    ];
  },
});
