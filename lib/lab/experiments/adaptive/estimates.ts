import type { FloatArray } from '../../../addon/index.js';
import { minimize } from '../../../minimize/minimize.js';
import type { Problem } from '../../../minimize/problem.js';
import { distance } from '../../../minimize/vectors.js';
import { adam } from '../../../optimizers/adam.js';
import { Optimizer } from '../../../optimizers/optimizer.js';
import { rmsprop } from '../../../optimizers/rmsprop.js';
import type { Rule } from '../../../optimizers/rule.js';
import { atLeast, atMost, between, shortened } from '../../check.js';
import type { Outcome } from '../../experiment.js';
import type { Line, Point } from '../../figure.js';
import { someSteps } from '../../some_steps.js';

/** The slide's βs, and the settings of its problem. */
export interface AdamSettings {
  learningRate: number;
  beta1: number;
  beta2: number;
  steps: number;
}

/** Sizes of the gradient, which Adam is not to heed. */
const scales = [0.1, 1, 1000];

/** How far Adam moves in each step along a gradient that stays, as multiples of η: as it is, and by m and v as they are before correction. */
function stepLengths(gradient: number, { learningRate, beta1, beta2, steps }: AdamSettings) {
  const theta = Float64Array.of(0);
  const optimizer = new Optimizer([theta], adam({ learningRate, beta1, beta2 }));
  const corrected: number[] = [];
  const uncorrected: number[] = [];
  for (let t = 1; t <= steps; ++t) {
    const before = theta[0]!;
    optimizer.step([Float64Array.of(gradient)]);
    corrected.push(Math.abs(theta[0]! - before) / learningRate);
    uncorrected.push(Math.abs(quotient(optimizer)[0]!));
  }
  return { corrected, uncorrected };
}

/** m/√v of Adam's state. */
function quotient({ state }: Optimizer): Float64Array {
  const [m, v] = ['m', 'v'].map((name) => state.get(name)![0] as Float64Array);
  return m!.map((value, i) => value / Math.sqrt(v![i]!));
}

/** The losses of Adam without bias corrections: it has an optimizer with η = 0 keep m and v, and takes the steps itself. */
function uncorrectedLosses({ objective, start }: Problem, { learningRate, beta1, beta2, steps }: AdamSettings) {
  const theta = Float64Array.from(start);
  const gradient = new Float64Array(theta.length);
  const optimizer = new Optimizer([theta], adam({ learningRate: 0, beta1, beta2 }));
  const losses = [objective(theta, gradient) as number];
  for (let t = 1; t <= steps; ++t) {
    optimizer.step([gradient]);
    for (const [i, step] of quotient(optimizer).entries()) theta[i]! -= learningRate * step;
    losses.push(objective(theta, gradient) as number);
  }
  return losses;
}

/** Where gradients lead a rule from 0, step after step. */
function led(rule: Rule, gradients: readonly FloatArray[]): FloatArray[] {
  const theta = new Float64Array(gradients[0]!.length);
  const optimizer = new Optimizer([theta], rule);
  return gradients.map((gradient) => {
    optimizer.step([gradient]);
    return theta.slice();
  });
}

/** What Adam's corrections do, what its sign is, and in which units RMSprop's slide counts. */
export function onEstimates(problem: Problem, settings: AdamSettings): Outcome {
  const { learningRate, beta1, beta2, steps } = settings;
  const lengths = scales.map((scale) => stepLengths(scale, settings));
  const expected = (t: number) => (1 - beta1 ** t) / Math.sqrt(1 - beta2 ** t);
  const shown = someSteps(steps, 'log', 200).slice(1);
  const lengthLine = (values: readonly number[]) => shown.map((t): Point => [t, values[t - 1]!]);
  const worst = (of: (t: number, length: (typeof lengths)[number]) => number) =>
    Math.max(...lengths.flatMap((length) => length.corrected.map((_, i) => Math.abs(of(i + 1, length) - 1))));

  const options = { maxSteps: steps, tolerance: 0, trajectory: true } as const;
  const rule = adam({ learningRate, beta1, beta2 });
  const trajectory = minimize(problem, { ...options, rule }).trajectory!;
  const published = trajectory.losses;
  const climbing = minimize(problem, { ...options, rule, maximize: true }).trajectory!.losses;
  const uncorrected = uncorrectedLosses(problem, settings);
  const rises = climbing.slice(1).map((loss, t) => loss - climbing[t]!);
  const losses = (points: readonly number[]) => points.map((loss, t): Point => [t, loss]);

  const gradients = trajectory.thetas.map((theta) => {
    const gradient = new Float64Array(theta.length);
    problem.objective(theta, gradient);
    return gradient;
  });
  const [decay, epsilon] = [0.9, 1e-3];
  const rms = (unit: number, normalized: boolean): FloatArray[] =>
    led(rmsprop({ learningRate: learningRate * unit, epsilon: epsilon * unit, decay, normalized }), gradients);
  const usual = rms(Math.sqrt(1 - decay), true);
  const difference = Math.max(...rms(1, false).map((theta, t) => distance(theta, usual[t]!)));
  const longest = Math.max(...lengths[1]!.uncorrected);
  return {
    figures: [
      {
        name: 'correction',
        title: "Adam's first steps, with and without bias corrections",
        caption: `How far θ moves along a gradient that stays the same, whatever its size. Corrected, every step is η; without, v is too small for longer than m is, and steps are up to ${shortened(longest)} η.`,
        x: { label: 'step t', scale: 'log' },
        y: { label: '|θ(t) − θ(t−1)| / η', domain: [0, 1.1 * longest] },
        marks: [
          { kind: 'line', name: 'with corrections', color: 'blue', points: lengthLine(lengths[1]!.corrected) },
          { kind: 'line', name: 'without', color: 'orange', points: lengthLine(lengths[1]!.uncorrected) },
          {
            kind: 'line',
            name: '(1 − β₁ᵗ)/√(1 − β₂ᵗ)',
            color: 'gray',
            style: 'dashed',
            points: shown.map((t): Point => [t, expected(t)]),
          },
        ],
      },
      {
        name: 'sign',
        title: "The slide's sign climbs",
        caption:
          "The loss in the ravine over steps of Adam as published, as the slide's last line has it, θ + ηm̂/(√v̂ + ε), and without bias corrections, whose first steps are too long.",
        x: { label: 'step t' },
        y: { label: 'R(θ(t)) − R*', scale: 'log' },
        marks: [
          { kind: 'line', name: 'as published', color: 'blue', points: losses(published) },
          { kind: 'line', name: 'without corrections', color: 'orange', points: losses(uncorrected) },
          { kind: 'line', name: "with the slide's sign", color: 'red', points: losses(climbing) },
        ] satisfies Line[],
      },
    ],
    checks: [
      atMost(
        'Adam along a gradient of 0.1, 1 or 1,000 that stays: |Δθ| = η at every step, the largest relative deviation',
        worst((t, { corrected }) => corrected[t - 1]!),
        1e-6,
      ),
      atMost(
        'without corrections: |Δθ| = η(1 − β₁ᵗ)/√(1 − β₂ᵗ) at every step, likewise',
        worst((t, { uncorrected }) => uncorrected[t - 1]! / expected(t)),
        1e-6,
      ),
      between(
        'without corrections: the first step over η(1 − β₁)/√(1 − β₂)',
        (lengths[1]!.uncorrected[0]! * Math.sqrt(1 - beta2)) / (1 - beta1),
        1 - 1e-6,
        1 + 1e-6,
      ),
      atLeast("with the slide's sign the loss rises at every step: the least rise", Math.min(...rises), 0),
      atMost('as published it falls: its last value over its first', published.at(-1)! / published[0]!, 0.5),
      atMost(
        "RMSprop's sum without 1 − ρ is the usual one at η√(1 − ρ) and δ√(1 − ρ), along the gradients that Adam saw: the largest difference of θ at any step",
        difference,
        1e-12,
      ),
    ],
    findings: [
      `Without bias corrections Adam's first step is ${shortened(lengths[1]!.uncorrected[0]!)} η long and its longest ${shortened(longest)} η. With the slide's sign the loss in the ravine rises from ${shortened(climbing[0]!)} to ${shortened(climbing.at(-1)!)} in ${steps} steps, where as published it falls to ${shortened(published.at(-1)!)}.`,
    ],
  };
}
