import {
  curvature,
  type FloatArray,
  type GradientFlow,
  gradientDescent,
  gradientFlow,
  type Minimum,
  minimize,
  type Problem,
} from '../../index.js';
import type { Color, Figure, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { contours } from '../contours.js';
import { line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { ConvexProblem } from '../problems/quadratic.js';
import { someSteps } from '../some_steps.js';
import { distance } from '../vectors.js';

const colors: readonly Color[] = ['gold', 'green', 'purple', 'red'];

const formulaOff = '|1 − 1.01ηL|';
const tooLong = 'η = 2.1/L in place of 1/L';
const counterModels = [formulaOff, tooLong];

/** A function of two variables. */
type Hills = Parameters<typeof contours>[0]['problem'];

export interface PathSettings {
  readonly hills: Hills;
  readonly quadratic: ConvexProblem;
  /** η · L: `stable` is below 2, `unstable` above. */
  readonly stable: number;
  readonly unstable: number;
}

interface Path {
  /** η · L. */
  readonly stepFactor: number;
  readonly learningRate: number;
  readonly minimum: Minimum;
}

/** Gradient descent for k = time/η steps, or until it diverges. */
function descend(problem: Problem, smoothness: number, time: number, stepFactor: number): Path {
  const learningRate = stepFactor / smoothness;
  const minimum = minimize(problem, {
    rule: gradientDescent({ learningRate }),
    maxSteps: Math.floor(time / learningRate),
    tolerance: 0,
    trajectory: true,
    onNonFinite: 'stop',
  });
  return { stepFactor, learningRate, minimum };
}

/** Compares gradient descent with short and with long steps to the flow. */
export const paths = part(counterModels, async ({ hills, quadratic, stable, unstable }: PathSettings, trial) => {
  const hillTime = 40 / curvature(hills, hills.start).top[0]!;
  const hillFlow = gradientFlow(hills, { time: hillTime });
  const end = hillFlow.thetas.at(-1)!;
  const smoothness = curvature(hills, end).top[0]!;
  const hillPaths = [0.25, trial.instead(tooLong, 1, 2.1), unstable, 5.5].map((factor) =>
    descend(hills, smoothness, hillTime, factor),
  );
  await trial.progress(0.5, () => [hillFigure(hills, hillFlow, hillPaths)]);

  const time = 100 / quadratic.smoothness;
  const flow = gradientFlow(quadratic, { time, tolerance: { relative: 1e-8, absolute: 1e-12 } });
  const runs = [0.5, 1, stable, unstable].map((factor) => descend(quadratic, quadratic.smoothness, time, factor));
  const [settling, growing] = runs.slice(2).map(({ minimum }) => growthOfSteepest(minimum));
  const ends = hillPaths.map(({ minimum }) => distance(minimum.theta, end));
  const inFormula = trial.instead(formulaOff, 1, 1.01);
  const factors = claim(
    `Quadratic, η = ${shortened(stable)}/L and ${shortened(unstable)}/L: in each step the steepest coordinate is multiplied by |1 − ηL|, relative deviation`,
  ).atMost(
    Math.max(
      Math.abs(settling! / Math.abs(1 - inFormula * stable) - 1),
      Math.abs(growing! / Math.abs(1 - inFormula * unstable) - 1),
    ),
    1e-9,
    formulaOff,
  );
  const arrives = claim(
    "Himmelblau's function, η = 0.25/L and 1/L: the distance between the ends of gradient descent and of the flow",
  ).atMost(Math.max(ends[0]!, ends[1]!), 1e-3, tooLong);
  const steepest = `On the quadratic the steepest coordinate is multiplied by ${shortened(settling!)} in a step with η = ${shortened(stable)}/L, and by ${shortened(growing!)} with ${shortened(unstable)}/L`;
  return {
    figures: [hillFigure(hills, hillFlow, hillPaths), timeFigure(flow, runs)],
    checks: [factors, arrives],
    findings: [
      `On Himmelblau's function the flow comes to a minimum where L = ${shortened(smoothness)}. Gradient descent ${hillPaths.map((path, i) => `with η = ${shortened(path.stepFactor)}/L ${outcome(path, ends[i]!)}`).join(', ')}.`,
      finding(
        [factors],
        `${steepest}: |1 − ηL|, less than 1 if η < 2/L.`,
        `${steepest}; by the formula it is ${[stable, unstable].map((factor) => shortened(Math.abs(1 - inFormula * factor))).join(' and ')}.`,
      ),
    ],
  };
});

const outcome = ({ minimum: { status, steps } }: Path, distance: number): string =>
  status === 'diverged' ? `diverges in ${steps} steps` : `ends at ${shortened(distance)} from it after ${steps} steps`;

/** Geometric mean of |θ₁(t+1)/θ₁(t)| over all steps. */
function growthOfSteepest({ trajectory, steps }: Minimum): number {
  const [first, last] = [trajectory!.thetas[0]!, trajectory!.thetas.at(-1)!];
  return Math.abs(last[0]! / first[0]!) ** (1 / steps);
}

const domain = { x: [-5.5, 1], y: [-4.5, 0.5] } as const;

function hillFigure(hills: Hills, { at, times }: GradientFlow, paths: readonly Path[]): Figure {
  const time = times.at(-1)!;
  return {
    name: 'path',
    title: 'The flow, and short and long steps',
    caption:
      "Himmelblau's function; η is in terms of L at the minimum that the flow reaches. Steps longer than 2/L cannot settle there. A diverging path is drawn until it leaves the plot.",
    x: { label: 'θ₁', domain: domain.x },
    y: { label: 'θ₂', domain: domain.y },
    equal: true,
    marks: [
      contours({ problem: hills, ...domain }, 16),
      line(
        { name: 'gradient flow', color: 'blue', width: 4 },
        Array.from({ length: 201 }, (_, i) => pointOf(at((time * i) / 200))),
      ),
      ...paths.map(
        ({ stepFactor, minimum }, i): Mark => ({
          kind: 'path',
          name: `η = ${shortened(stepFactor)}/L`,
          color: colors[i]!,
          points: minimum.status === 'diverged' ? untilOutside(minimum) : minimum.trajectory!.thetas.map(pointOf),
        }),
      ),
    ],
  };
}

const pointOf = (theta: FloatArray): Point => [theta[0]!, theta[1]!];

/** The points of a diverging run until it leaves the plot, and a final NaN. */
function untilOutside({ trajectory }: Minimum): Point[] {
  const points = trajectory!.thetas.map(pointOf);
  const isInside = ([x, y]: Point) => x >= domain.x[0] && x <= domain.x[1] && y >= domain.y[0] && y <= domain.y[1];
  return [
    ...points.slice(
      0,
      points.findIndex((point) => !isInside(point)),
    ),
    [NaN, NaN],
  ];
}

function timeFigure({ times, losses }: GradientFlow, runs: readonly Path[]): Figure {
  return {
    name: 'time',
    title: 'R over time on a quadratic',
    caption:
      'Step k of gradient descent is drawn at t = ηk. A step multiplies the steepest coordinate by 1 − ηL: for η → 2/L it shrinks ever more slowly, beyond 2/L it grows.',
    x: { label: 'time t, in 1/L' },
    y: { label: 'R(θ) / R(θ(0))', scale: 'log' },
    marks: [
      ...runs.map(({ stepFactor, learningRate, minimum: { trajectory } }, i): Mark => {
        const { losses } = trajectory!;
        return line(
          { name: `η = ${shortened(stepFactor)}/L`, color: colors[i]! },
          someSteps(losses.length - 1),
          (k) => [k * learningRate, losses[k]! / losses[0]!],
        );
      }),
      line({ name: 'gradient flow', color: 'blue', style: 'dashed' }, losses, (loss, i) => [
        times[i]!,
        loss / losses[0]!,
      ]),
    ],
  };
}
