import { accelerated, type Random } from '../../index.js';
import type { Line } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { ConvexProblem } from '../problems/quadratic.js';
import { logisticRegression } from '../problems/regression.js';
import { someSteps } from '../some_steps.js';
import { alongEigenvectors, relativeDeviation } from './along_eigenvectors.js';
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

const wrongMu = 'a momentum for a μ four times too large';
const noRestart = 'growing momentum without restarts';
const noDistance = 'the bound without μ/2 · ‖θ(0) − θ*‖²';
const largerMomentum = 'a formula with k/(k + 3)';
const counterModels = [wrongMu, noRestart, noDistance, largerMomentum];

/** The quadratic from a start along its flattest eigenvector, which is its last axis. */
const alongFlattest = (problem: ConvexProblem): ConvexProblem => ({
  ...problem,
  start: Array.from(problem.start, (_, i) => (i === problem.start.length - 1 ? 1 : 0)),
});

/** Gradient descent and acceleration on strongly convex problems, against their bounds at every step. */
export const strongConvexity = part(counterModels, async (settings: StrongConvexitySettings, trial) => {
  const { stepFactor, conditionNumber, dimensions, decay, random } = settings;
  const ravine = conditioned(conditionNumber, dimensions, random);
  const problems = [ravine, logisticRegression(await irisExamples(), decay)];
  const steps = Math.ceil(12 * Math.sqrt(conditionNumber));
  const [down, accelerate] = [plain(stepFactor), fast(stepFactor)];
  const slow = descend(ravine, down.rule(ravine), steps);
  await trial.progress(1 / 3);
  const muFactor = trial.instead(wrongMu, 1, 4);
  const accelerations = problems.map((problem) => {
    const strongConvexity = muFactor * problem.strongConvexity;
    return descend(problem, accelerate.rule({ ...problem, strongConvexity }), steps);
  });
  await trial.progress(2 / 3);
  const learningRate = stepFactor / ravine.smoothness;
  const flattest = descend(alongFlattest(ravine), accelerate.rule(ravine), steps);
  const restart = trial.instead(noRestart, 'gradient', undefined);
  const growing = descend(ravine, accelerated({ learningRate }), steps);
  const inFormula = trial.instead(largerMomentum, 0, 1);
  const predicted = alongEigenvectors(ravine, learningRate, (k) => (k - 1 + inFormula) / (k + 2 + inFormula));
  const restarted = descend(ravine, accelerated({ learningRate, restart }), steps);
  const [remains, remainsAccelerated, remainsRestarted] = [slow, accelerations[0]!, restarted].map(
    ({ excess, diverged }) => (diverged ? Infinity : excess.at(-1)! / excess[0]!),
  ) as [number, number, number];
  const allowed = acceleratedBound(slow, steps) / slow.excess[0]!;
  const bound = claim(
    'accelerated: (R(θ(t)) − R*) / ((1 − 1/√κ)ᵗ(R(θ(0)) − R* + μ/2 · ‖θ(0) − θ*‖²)), two strongly convex problems, the largest of all t, but for rounding',
  ).atMost(largestShareOf(accelerations, acceleratedBound), 1 + 1e-12, wrongMu);
  const root = Math.sqrt(Math.min(1, learningRate * ravine.strongConvexity));
  const inBound = trial.instead(noDistance, flattest, { ...flattest, distance2: 0 });
  const share = claim(
    'accelerated, on the quadratic along its flattest eigenvector: this ratio is (1 − √(ημ))²ᵗ(1 + √(ημ)t)²/(2(1 − 1/√κ)ᵗ), up to 2/e: the largest relative deviation',
  ).atMost(
    relativeDeviation(
      flattest.excess.map((excess, t) => excess / acceleratedBound(inBound, t)),
      flattest.excess.map(
        (_, t) => ((1 - root) ** t * (1 + root * t)) ** 2 / (2 * (1 - 1 / Math.sqrt(conditionNumber)) ** t),
      ),
    ),
    1e-6,
    noDistance,
  );
  const without = claim(
    'accelerated by growing momentum with restarts: the final R − R* on the quadratic over that bound',
  ).atMost(remainsRestarted / allowed, 1, noRestart);
  const formula = claim(
    'growing momentum, β = (k − 1)/(k + 2), on the quadratic: R(θ(t)) by θᵢ(k) = (1 − ηλᵢ)(θᵢ(k−1) + β(θᵢ(k−1) − θᵢ(k−2))), the largest relative deviation',
  ).atMost(relativeDeviation(growing.excess, predicted), 1e-8, largerMomentum);
  const shares = `With κ = ${shortened(conditionNumber)}, ${shortened(steps)} steps leave ${shortened(remains)} of R − R* by gradient descent, ${shortened(remainsAccelerated)} by acceleration that knows μ and ${shortened(remainsRestarted)} by one that restarts`;
  return {
    figures: [
      {
        name: 'strongly-convex',
        title: 'Linear rates: √κ instead of κ',
        caption: `A quadratic with κ = ${shortened(conditionNumber)}, and the bounds (dashed). One momentum is chosen for μ; the other does not use μ: it grows, and restarts when it leads uphill.`,
        x: { label: 'step t' },
        y: { label: '(R(θ(t)) − R*) / (R(θ(0)) − R*)', scale: 'log', domain: [1e-10, 3] },
        marks: [
          ...(
            [
              [down, slow, linearBound],
              [accelerate, accelerations[0]!, acceleratedBound],
            ] as const
          ).flatMap(([{ name, color }, descent, bound]): Line[] => [
            line({ name, color }, excessCurve(descent, descent.excess[0]!)),
            line({ color, style: 'dashed' }, someSteps(steps), (t) => [t, bound(descent, t) / descent.excess[0]!]),
          ]),
          line({ name: 'accelerated, restarted', color: 'green' }, excessCurve(restarted, restarted.excess[0]!)),
        ],
      },
    ],
    checks: [bound, share, without, formula],
    findings: [
      finding(
        [bound, without],
        `${shares}. The bound of acceleration allows ${shortened(allowed)}, which both keep.`,
        `${shares}. The bound of acceleration with η = 1/L and the right μ allows ${shortened(allowed)}; some run does not keep it.`,
      ),
    ],
  };
});
