import { type FloatArray, gradientDescent, minimize } from '../../index.js';
import type { Color, Figure, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { ConvexProblem } from '../problems/quadratic.js';
import { logLogSlope } from '../slope.js';
import { largest } from '../spread.js';
import { distance, norm } from '../vectors.js';
import type { Landscape } from './landscapes.js';

const colors: readonly Color[] = ['blue', 'orange', 'green'];

export interface EulerSettings {
  readonly quadratic: ConvexProblem;
  /** Eigenvalues of the quadratic's Hessian. */
  readonly eigenvalues: FloatArray;
  /** The first one is that of `quadratic`. */
  readonly landscapes: readonly Landscape[];
  /** T, in the unit of each landscape. */
  readonly time: number;
  readonly coarsest: number;
  readonly halvings: number;
}

const finestAsFlow = "Euler's path with half the finest η in place of the flow";
const termOff = 'a first term in which T is 5 % longer';
const otherRate = 'gradient descent whose η is 1 % larger';

/** Measures how far Euler's method with step η, which is gradient descent, is from the flow at time T. */
export const eulerError = part([finestAsFlow, termOff, otherRate], async (settings: EulerSettings, trial) => {
  const { quadratic, eigenvalues, landscapes, time, coarsest, halvings } = settings;
  const errors: Point[][] = [];
  for (const { unit, flow, solution } of landscapes) {
    const finer = {
      time: time * unit,
      method: 'euler',
      stepSize: (time * unit) / (coarsest * 2 ** (halvings + 1)),
    } as const;
    const end = trial.instead(finestAsFlow, solution, () => flow(finer).thetas.at(-1)!)(time * unit);
    const points: Point[] = [];
    for (let halving = 0; halving <= halvings; ++halving) {
      const stepSize = (time * unit) / (coarsest * 2 ** halving);
      const { thetas } = flow({ time: time * unit, method: 'euler', stepSize });
      points.push([stepSize / unit, distance(thetas.at(-1)!, end)]);
      const names = landscapes.map(({ name }) => name);
      await trial.progress((errors.length + 2 ** (halving - halvings)) / landscapes.length, () => [
        figure([...errors, points], names, time),
      ]);
    }
    errors.push(points);
  }
  const powers = errors.map(logLogSlope);

  // (1 − ηλ)^(T/η) = e^(−λT)(1 − ½ηλ²T + …)
  const end = landscapes[0]!.solution(time);
  const predicted = (trial.instead(termOff, time, 1.05 * time) / 2) * norm(end.map((x, i) => eigenvalues[i]! ** 2 * x));
  const [finest, finestError] = errors[0]!.at(-1)!;

  const learningRate = time / coarsest;
  const { trajectory } = minimize(quadratic, {
    rule: gradientDescent({ learningRate: trial.instead(otherRate, learningRate, 1.01 * learningRate) }),
    maxSteps: coarsest,
    tolerance: 0,
    trajectory: true,
  });
  const { thetas } = landscapes[0]!.flow({ time, method: 'euler', stepSize: learningRate });
  const gap = largest(trajectory!.thetas.map((theta, k) => distance(theta, thetas[k]!)));
  const linear = landscapes.map(({ name }, i) =>
    claim(`${name}: Euler's error at time T ∝ ηᵖ, p`).between(powers[i]!, 0.95, 1.05, finestAsFlow),
  );
  const goes = landscapes.map(({ name }, i) => `${shortened(powers[i]!)} (${name})`).join(', ');
  return {
    figures: [
      figure(
        errors,
        landscapes.map(({ name }) => name),
        time,
      ),
    ],
    checks: [
      ...linear,
      claim("Quadratic: Euler's error with the finest η / (½ηT‖H²θ(T)‖), its first term").between(
        finestError / (finest * predicted),
        0.98,
        1.02,
        termOff,
      ),
      claim("Euler's method with h = η is gradient descent: the largest ‖difference‖ of any step").atMost(
        gap,
        1e-12,
        otherRate,
      ),
    ],
    findings: [
      finding(
        linear,
        `Each time η is halved, the distance from the flow at time T is, too: it goes as η to the power of ${goes}.`,
        `The distance from the flow at time T goes as η to the power of ${goes}: somewhere the error is not that of its first term.`,
      ),
    ],
  };
});

const figure = (errors: readonly (readonly Point[])[], names: readonly string[], time: number): Figure => ({
  name: 'euler',
  title: "Euler's error over η",
  caption: `Distance of Euler's method, which is gradient descent, from the flow at time T = ${shortened(time)}/λ; dashed: proportional to η.`,
  x: { label: 'step η · λ, λ the largest curvature at the start', scale: 'log' },
  y: { label: '‖θ − θ(T)‖', scale: 'log' },
  marks: errors.flatMap((points, i): Mark[] => {
    const [last, error] = points.at(-1)!;
    return [
      line({ color: colors[i]!, style: 'dashed' }, points, ([eta]) => [eta, (error * eta) / last]),
      dots({ color: colors[i]!, name: names[i]! }, points),
    ];
  }),
});
