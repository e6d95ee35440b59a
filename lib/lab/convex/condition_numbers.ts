import { minimize } from '../../minimize/minimize.js';
import { Random } from '../../numbers/random.js';
import type { Rule } from '../../optimizers/rule.js';
import type { Mark, Point } from '../../pages/figure.js';
import { atMost, between, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import type { ConvexProblem } from '../problems/quadratic.js';
import { logLogSlope } from '../slope.js';
import type { Trial } from '../trial.js';
import { conditioned } from './conditioning.js';
import type { Method } from './methods.js';

/** A run ends when R − R* is this multiple of its first value. */
const goal = 1e-6;

export interface ConditionSettings {
  readonly methods: readonly Method[];
  readonly largestCondition: number;
  readonly dimensions: number;
  readonly seed: number;
}

/** Counts steps until R − R* is 10⁻⁶ of its first value, for condition numbers from 10 on, three in each decade. */
export async function conditionNumbers(settings: ConditionSettings, trial: Trial): Promise<Outcome> {
  const { methods, largestCondition, dimensions, seed } = settings;
  const last = Math.max(2, Math.round(3 * Math.log10(largestCondition / 10)));
  const counted = methods.map((method) => ({ ...method, points: [] as Point[] }));
  for (let i = 0; i <= last; ++i) {
    const kappa = 10 * (largestCondition / 10) ** (i / last);
    const problem = conditioned(kappa, dimensions, new Random(seed));
    for (const { rule, points } of counted)
      points.push([kappa, stepsTaken(problem, rule(problem), stepsAllowed(1 / kappa))]);
    await trial.progress(kappa / largestCondition);
  }
  return {
    figures: [
      {
        name: 'condition',
        title: 'Steps grow with the condition number',
        caption:
          'Until R − R* is 10⁻⁶ of what it was, on quadratics (dots), and what the bounds of the rates allow (dashed).',
        x: { label: 'condition number κ = L/μ', scale: 'log' },
        y: { label: 'steps', scale: 'log' },
        marks: counted.flatMap(({ name, color, points, power }): Mark[] => [
          { kind: 'dots', name, color, points },
          {
            kind: 'line',
            color,
            style: 'dashed',
            points: points.map(([kappa]): Point => [kappa, stepsAllowed(kappa ** -power)]),
          },
        ]),
      },
    ],
    checks: counted.flatMap(({ name, points, power }) => [
      between(
        `${name}: steps until R − R* is 10⁻⁶ of what it was ∝ κᵖ, p`,
        logLogSlope(points),
        power - 0.1,
        power + 0.1,
      ),
      atMost(
        `${name}: these steps / (ln 10⁻⁶ / ln(1 − ${power === 1 ? '1/κ' : '1/√κ'})), the largest`,
        Math.max(...points.map(([kappa, steps]) => steps / stepsAllowed(kappa ** -power))),
        1,
      ),
    ]),
    findings: [
      `At κ = ${shortened(largestCondition)} it takes ${counted.map(({ name, points }) => `${name} ${shortened(points.at(-1)![1])}`).join(', ')} steps; they grow as κ to the power of ${counted.map(({ points }) => shortened(logLogSlope(points))).join(', and of ')}.`,
    ],
  };
}

/** Steps to the goal if each step multiplies R − R* by 1 − `share`. */
const stepsAllowed = (share: number): number => Math.ceil(Math.log(goal) / Math.log1p(-share));

/** Steps that a rule takes to the goal. Infinity if `most` are not enough. */
function stepsTaken(problem: ConvexProblem, rule: Rule, most: number): number {
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
