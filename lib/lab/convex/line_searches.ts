import { gradientDescent, type Method, minimize, type Problem, type Trajectory } from '../../index.js';
import type { Color, Figure } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { rosenbrock } from '../problems/two_dimensional.js';
import type { Values } from '../setting.js';
import { someSteps } from '../some_steps.js';
import { dot, plus } from '../vectors.js';

export interface WolfeShares {
  /** The smallest (R(θ) − R(θ + s)) / |∇R(θ)ᵀs| of all steps s. Armijo's condition asks for at least c₁. */
  readonly decrease: number;
  /** The largest |∇R(θ + s)ᵀs| / |∇R(θ)ᵀs| of all steps s. The strong Wolfe conditions allow at most c₂. */
  readonly slope: number;
}

/** Measures from a trajectory how well its steps satisfy Wolfe's conditions. */
export function wolfeShares({ objective }: Problem, { thetas, losses }: Trajectory): WolfeShares {
  const gradients = thetas.map((theta) => {
    const gradient = theta.slice();
    objective(theta, gradient);
    return gradient;
  });
  let [decrease, slope] = [Infinity, 0];
  for (let t = 0; t + 1 < thetas.length; ++t) {
    const step = plus(thetas[t + 1]!, -1, thetas[t]!);
    const promised = -dot(gradients[t]!, step);
    decrease = Math.min(decrease, (losses[t]! - losses[t + 1]!) / promised);
    slope = Math.max(slope, Math.abs(dot(gradients[t + 1]!, step)) / promised);
  }
  return { decrease, slope };
}

type LineSearchSettings = Values<'evaluations' | 'sufficientDecrease' | 'curvature'>;

const halfDecrease = 'searches that require only ½c₁';
const laxSlope = 'a search that allows 1.25c₂';

/** Gradient descent on Rosenbrock's function: fixed steps and two line searches, with equal numbers of gradients. */
export const lineSearches = part([halfDecrease, laxSlope], async (settings: LineSearchSettings, trial) => {
  const { evaluations: most } = settings;
  const sufficientDecrease = trial.instead(halfDecrease, 1, 0.5) * settings.sufficientDecrease;
  const curvature = trial.instead(laxSlope, settings.curvature, Math.min(1.25 * settings.curvature, 0.999));
  const rules: [name: string, color: Color, rule: Method][] = [
    ['η = 1/256', 'gray', gradientDescent({ learningRate: 1 / 256 })],
    ['η = 1/1024', 'gold', gradientDescent({ learningRate: 1 / 1024 })],
    ['η = 1/4096', 'teal', gradientDescent({ learningRate: 1 / 4096 })],
    ['Armijo', 'purple', gradientDescent({ lineSearch: 'armijo', sufficientDecrease })],
    ['strong Wolfe', 'blue', gradientDescent({ lineSearch: 'wolfe', sufficientDecrease, curvature })],
  ];
  const searches: Search[] = [];
  for (const [name, color, rule] of rules) {
    const { trajectory, loss, steps } = minimize(rosenbrock, {
      rule,
      maxSteps: most,
      tolerance: 0,
      trajectory: true,
      onNonFinite: 'stop',
      onStep: ({ evaluations }) => evaluations < most,
    });
    searches.push({ name, color, trajectory: trajectory!, loss, steps });
    await trial.progress(searches.length / rules.length, () => [figure(searches)]);
  }
  const [armijo, wolfe] = searches.slice(-2).map(({ trajectory }) => wolfeShares(rosenbrock, trajectory));
  const conditions = [
    claim('Armijo and strong Wolfe, every step: decrease / |α∇R(θ)ᵀp|, the least').atLeast(
      Math.min(armijo!.decrease, wolfe!.decrease),
      settings.sufficientDecrease,
      halfDecrease,
    ),
    claim('strong Wolfe, every step: |∇R(θ + αp)ᵀp| / |∇R(θ)ᵀp|, the largest').atMost(
      wolfe!.slope,
      settings.curvature,
      laxSlope,
    ),
  ];
  const reached = searches.map(({ name, loss, steps }) => `${shortened(loss)} by ${name} (${shortened(steps)} steps)`);
  return {
    figures: [figure(searches)],
    checks: conditions,
    findings: [
      `R of Rosenbrock's function after ${most.toLocaleString('en')} gradients: ${reached.join(', ')}.`,
      finding(
        conditions,
        `Every step of the searches fulfils its conditions: it keeps at least ${shortened(Math.min(armijo!.decrease, wolfe!.decrease))} of the promised decrease, and at most ${shortened(wolfe!.slope)} of the slope with strong Wolfe.`,
        'Some step of a search does not fulfil its conditions.',
      ),
    ],
  };
});

interface Search {
  readonly name: string;
  readonly color: Color;
  readonly trajectory: Trajectory;
  readonly loss: number;
  readonly steps: number;
}

const figure = (searches: readonly Search[]): Figure => ({
  name: 'line-search',
  title: 'Fixed steps and line searches',
  caption:
    "Rosenbrock's function from (−1.2, 1). Each trial step of a search costs a gradient and is counted. A fixed step may be too large to settle, or so small that it crawls.",
  x: { label: 'gradients evaluated', scale: 'log' },
  y: { label: 'R(θ)', scale: 'log' },
  marks: searches.map(({ name, color, trajectory: { losses, evaluations } }) =>
    line({ name, color }, someSteps(losses.length - 1, 'log'), (t) => [evaluations[t]!, losses[t]!]),
  ),
});
