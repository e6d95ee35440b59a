import type { Random } from '../../numbers/random.js';
import { accelerated } from '../../optimizers/accelerated.js';
import type { Line } from '../../pages/figure.js';
import { atMost, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import { logisticRegression } from '../problems/regression.js';
import { someSteps } from '../some_steps.js';
import type { Trial } from '../trial.js';
import { type Bound, descend, excessCurve, largestShareOf, linearBound } from './bounds.js';
import { conditioned } from './conditioning.js';
import { irisExamples } from './iris.js';
import { fast, plain } from './methods.js';

/** Bound of acceleration for strongly convex R (Nesterov 2004, theorem 2.2.3, with γ₀ = μ). */
const acceleratedBound: Bound = ({ problem: { smoothness, strongConvexity }, excess, distance2 }, t) =>
  (1 - Math.sqrt(strongConvexity / smoothness)) ** t * (excess[0]! + (strongConvexity / 2) * distance2);

export interface StrongConvexitySettings {
  readonly stepFactor: number;
  readonly conditionNumber: number;
  readonly dimensions: number;
  readonly decay: number;
  readonly random: Random;
}

/** Gradient descent and acceleration on strongly convex problems, against their bounds at every step. */
export async function strongConvexity(settings: StrongConvexitySettings, trial: Trial): Promise<Outcome> {
  const { stepFactor, conditionNumber, dimensions, decay, random } = settings;
  const ravine = conditioned(conditionNumber, dimensions, random);
  const problems = [ravine, logisticRegression(await irisExamples(), decay)];
  const steps = Math.ceil(12 * Math.sqrt(conditionNumber));
  const methods = [
    { ...plain(stepFactor), bound: linearBound },
    { ...fast(stepFactor), bound: acceleratedBound },
  ];
  const runs = [];
  for (const { rule, ...method } of methods) {
    runs.push({ ...method, descents: problems.map((problem) => descend(problem, rule(problem), steps)) });
    await trial.progress(runs.length / 3);
  }
  const learningRate = stepFactor / ravine.smoothness;
  const restarted = descend(ravine, accelerated({ learningRate, restart: 'gradient' }), steps);
  const [descent, accelerations] = runs.map(({ descents, bound }) => largestShareOf(descents, bound));
  const shares = [...runs.map(({ descents }) => descents[0]!), restarted].map(
    ({ excess }) => excess.at(-1)! / excess[0]!,
  );
  return {
    figures: [
      {
        name: 'strongly-convex',
        title: 'Linear rates: √κ instead of κ',
        caption: `A quadratic with κ = ${shortened(conditionNumber)}, under the bounds (dashed). Without μ, growing momentum that begins anew where it leads uphill does as well.`,
        x: { label: 'step t' },
        y: { label: '(R(θ(t)) − R*) / (R(θ(0)) − R*)', scale: 'log', domain: [1e-10, 3] },
        marks: [
          ...runs.flatMap(({ name, color, bound, descents: [onRavine] }): Line[] => [
            { kind: 'line', name, color, points: excessCurve(onRavine!, onRavine!.excess[0]!) },
            {
              kind: 'line',
              color,
              style: 'dashed',
              points: someSteps(steps).map((t) => [t, bound(onRavine!, t) / onRavine!.excess[0]!]),
            },
          ]),
          {
            kind: 'line',
            name: 'accelerated, restarted',
            color: 'green',
            points: excessCurve(restarted, restarted.excess[0]!),
          },
        ],
      },
    ],
    checks: [
      atMost(
        'gradient descent: (R(θ(t)) − R*) / ((1 − 1/κ)ᵗ(R(θ(0)) − R*)), two strongly convex problems, the largest of all t, but for rounding',
        descent!,
        1 + 1e-12,
      ),
      atMost(
        'accelerated: (R(θ(t)) − R*) / ((1 − 1/√κ)ᵗ(R(θ(0)) − R* + μ/2 · ‖θ(0) − θ*‖²)), the largest likewise',
        accelerations!,
        1 + 1e-12,
      ),
    ],
    findings: [
      `With κ = ${shortened(conditionNumber)}, ${shortened(steps)} steps leave ${shortened(shares[0]!)} of R − R* by gradient descent, ${shortened(shares[1]!)} by acceleration that knows μ and ${shortened(shares[2]!)} by one that restarts.`,
    ],
  };
}
