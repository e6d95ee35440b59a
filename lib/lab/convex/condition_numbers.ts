import { type Method, minimize, Random } from '../../index.js';
import type { Figure, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line } from '../marks.js';
import { finding, type Outcome } from '../outcome.js';
import type { Part } from '../parts.js';
import type { ConvexProblem } from '../problems/quadratic.js';
import { logLogSlope } from '../slope.js';
import { largest } from '../spread.js';
import type { Trial } from '../trial.js';
import { alongEigenvectors } from './along_eigenvectors.js';
import { conditioned } from './conditioning.js';
import type { ConvexMethod } from './methods.js';

/** A run ends when R − R* is this multiple of its first value. */
const goal = 1e-6;

export interface ConditionSettings {
  readonly methods: readonly ConvexMethod[];
  readonly largestCondition: number;
  readonly dimensions: number;
  readonly seed: number;
}

/** A method, with its measured and predicted numbers of steps over κ. */
interface Counted extends ConvexMethod {
  readonly taken: Point[];
  readonly predicted: number[];
}

/** Counts steps until R − R* is 10⁻⁶ of its first value, for condition numbers from 10 on, three in each decade. */
export const conditionNumbers = (effort: number, settings: ConditionSettings): Part => ({
  effort,
  counterModels: settings.methods.flatMap(({ counterModels }) => Object.values(counterModels)),
  run: (trial) => countSteps(settings, trial),
});

async function countSteps(settings: ConditionSettings, trial: Trial): Promise<Outcome> {
  const { methods, largestCondition, dimensions, seed } = settings;
  const last = Math.max(2, Math.round(3 * Math.log10(largestCondition / 10)));
  const counted = methods.map((method): Counted => ({ ...method, taken: [], predicted: [] }));
  for (let i = 0; i <= last; ++i) {
    const kappa = 10 * (largestCondition / 10) ** (i / last);
    const problem = conditioned(kappa, dimensions, new Random(seed));
    const most = stepsAllowed(1 / kappa);
    for (const { rule, wrongRule, constants, wrongFactors, counterModels, taken, predicted } of counted) {
      taken.push([kappa, stepsTaken(problem, trial.instead(counterModels.method, rule, wrongRule)(problem), most)]);
      const { learningRate, momentum } = constants(problem);
      const factors = trial.instead(counterModels.constants, { learningRate: 1, momentum: 1 }, wrongFactors);
      predicted.push(stepsPredicted(problem, factors.learningRate * learningRate, factors.momentum * momentum, most));
    }
    await trial.progress(kappa / largestCondition, () => [figure(counted)]);
  }
  const powers = counted.map(({ taken }) => logLogSlope(taken));
  const powerChecks = counted.map(({ name, power, counterModels }, i) =>
    claim(`${name}: steps until R − R* is 10⁻⁶ of its first value ∝ κᵖ, p`).between(
      powers[i]!,
      power - 0.1,
      power + 0.1,
      counterModels.method,
    ),
  );
  const atLargest = counted.map(({ name, taken }) => `${name} ${shortened(taken.at(-1)![1])}`).join(', ');
  const isMissed = counted.some(({ taken }) => taken.at(-1)![1] === Infinity);
  return {
    figures: [figure(counted)],
    checks: [
      ...powerChecks,
      ...counted.map(({ name, taken, predicted, counterModels }) =>
        claim(
          `${name}: these steps, and those of θᵢ(t+1) = (1 − ηλᵢ)(θᵢ(t) + β(θᵢ(t) − θᵢ(t−1))): the largest difference`,
        ).atMost(
          largest(taken.map(([, steps], i) => (steps === predicted[i] ? 0 : Math.abs(steps - predicted[i]!)))),
          0,
          counterModels.constants,
        ),
      ),
    ],
    findings: [
      finding(
        powerChecks,
        `At κ = ${shortened(largestCondition)} it takes ${atLargest} steps; they grow as κ to the power of ${powers.map(shortened).join(', and of ')}.`,
        `At κ = ${shortened(largestCondition)} it takes ${atLargest} steps${isMissed ? ', where ∞ is more than (1 − 1/κ)ᵗ allows' : ''}. The steps of some method don't grow as κ to the power of its theory, ${counted.map(({ power }) => power).join(' and ')}.`,
      ),
    ],
  };
}

const figure = (counted: readonly Counted[]): Figure => ({
  name: 'condition',
  title: 'Steps over the condition number',
  caption:
    'Until R − R* is 10⁻⁶ of its first value, on quadratics (dots), and the most that the bounds allow (dashed).',
  x: { label: 'condition number κ = L/μ', scale: 'log' },
  y: { label: 'steps', scale: 'log' },
  marks: counted.flatMap(({ name, color, taken, power }): Mark[] => [
    dots(
      { name, color },
      taken.filter(([, steps]) => steps < Infinity),
    ),
    line({ color, style: 'dashed' }, taken, ([kappa]) => [kappa, stepsAllowed(kappa ** -power)]),
  ]),
});

/** Steps to the goal if each step multiplies R − R* by 1 − `share`. */
const stepsAllowed = (share: number): number => Math.ceil(Math.log(goal) / Math.log1p(-share));

/** Steps that a rule takes to the goal. Infinity if `most` are not enough. */
function stepsTaken(problem: ConvexProblem, rule: Method, most: number): number {
  let enough = 0;
  const { status, steps } = minimize(problem, {
    rule,
    maxSteps: most,
    tolerance: 0,
    onNonFinite: 'stop',
    onStep({ step, loss }) {
      const excess = loss - problem.least;
      if (step === 0) enough = goal * excess;
      return excess > enough;
    },
  });
  return status === 'stopped' ? steps : Infinity;
}

/** The number of steps to the goal by the formula for each eigenvector. */
function stepsPredicted(problem: ConvexProblem, learningRate: number, momentum: number, most: number): number {
  let enough = 0;
  let t = 0;
  for (const excess of alongEigenvectors(problem, learningRate, () => momentum)) {
    if (t === 0) enough = goal * excess;
    if (excess <= enough) return t;
    if (++t > most) break;
  }
  return Infinity;
}
