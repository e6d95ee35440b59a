import { adam, type FloatArray, minimize, Optimizer, type Rule, rmsprop } from '../../index.js';
import type { Line, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import type { Values } from '../setting.js';
import { someSteps } from '../some_steps.js';
import { largest, smallest } from '../spread.js';
import { distance } from '../vectors.js';
import { ravineOf } from './ravine.js';

/** Adam's hyperparameters, and the number of steps. */
type AdamSettings = Values<'learningRate' | 'beta1' | 'beta2' | 'steps'>;

/** Magnitudes of the gradient, on which the length of Adam's steps should not depend. */
const scales = [0.1, 1, 1000];

/** Length of each step of Adam under a constant gradient, in units of η: as taken, and m/√v without corrections. */
function stepLengths(scale: number, { learningRate, beta1, beta2, steps }: AdamSettings) {
  const theta = Float64Array.of(0);
  const gradient = Float64Array.of(scale);
  const optimizer = new Optimizer([theta], adam({ learningRate, beta1, beta2 }));
  const [m, v] = ['m', 'v'].map((name) => optimizer.state.get(name)![0]!);
  const corrected: number[] = [];
  const uncorrected: number[] = [];
  for (let t = 1; t <= steps; ++t) {
    const before = theta[0]!;
    optimizer.step([gradient]);
    corrected.push(Math.abs(theta[0]! - before) / learningRate);
    uncorrected.push(m![0]! / Math.sqrt(v![0]!));
  }
  return { corrected, uncorrected };
}

/** θ after each step of a rule that starts at 0 and receives these gradients. */
function thetasAlong(rule: Rule, gradients: readonly FloatArray[]): FloatArray[] {
  const theta = new Float64Array(gradients[0]!.length);
  const optimizer = new Optimizer([theta], rule);
  return gradients.map((gradient) => {
    optimizer.step([gradient]);
    return theta.slice();
  });
}

const noCorrections = 'Adam without bias corrections';
const otherBeta = 'a β₁ that is 1 % smaller in the formula';
const asPublished = 'the sign as published in place of that of the slide';
const asOnSlide = 'the sign of the slide in place of the published one';
const noRoot = 'η(1 − ρ) in place of η√(1 − ρ)';
const counterModels = [noCorrections, otherBeta, asPublished, asOnSlide, noRoot];

/** Tests Adam's bias corrections, the sign in the slide's Adam, and the units of the slide's RMSprop. */
export const onEstimates = part(
  counterModels,
  (settings: AdamSettings & { seed: number; conditionNumber: number }, trial) => {
    const { learningRate, beta1, beta2, steps } = settings;
    const problem = ravineOf(settings);
    const lengths = scales.map((scale) => stepLengths(scale, settings));
    const inFormula = beta1 * trial.instead(otherBeta, 1, 0.99);
    const expected = (t: number) => (1 - inFormula ** t) / Math.sqrt(1 - beta2 ** t);
    const shown = someSteps(steps, 'log', 200).slice(1);
    const curve = (values: readonly number[]) => shown.map((t): Point => [t, values[t - 1]!]);
    const deviation = (values: readonly number[], theory: (t: number) => number) =>
      largest(values.map((value, i) => Math.abs(value / theory(i + 1) - 1)));

    const options = { maxSteps: steps, tolerance: 0, trajectory: true } as const;
    const rule = adam({ learningRate, beta1, beta2 });
    const trajectory = minimize(problem, { ...options, rule }).trajectory!;
    const uphill = minimize(problem, { ...options, rule, maximize: true }).trajectory!;
    const published = trial.instead(asOnSlide, trajectory, uphill).losses;
    const climbing = trial.instead(asPublished, uphill, trajectory).losses;
    const rises = climbing.slice(1).map((loss, t) => loss - climbing[t]!);
    const early = (losses: readonly number[]) => losses.slice(0, 151).map((loss, t): Point => [t, loss]);

    const gradients = trajectory.thetas.map((theta) => {
      const gradient = new Float64Array(theta.length);
      problem.objective(theta, gradient);
      return gradient;
    });
    const [decay, epsilon] = [0.9, 1e-3];
    const rms = (unit: number, normalized: boolean): FloatArray[] =>
      thetasAlong(
        rmsprop({ learningRate: learningRate * unit, epsilon: epsilon * unit, decay, normalized }),
        gradients,
      );
    const usual = rms(trial.instead(noRoot, Math.sqrt(1 - decay), 1 - decay), true);
    const difference = largest(rms(1, false).map((theta, t) => distance(theta, usual[t]!)));
    const longest = largest(lengths[1]!.uncorrected);
    const [everyStep, without, rising, falling, sameSum] = [
      claim(
        'Adam along a constant gradient of 0.1, 1 or 1,000: |Δθ| = η at every step, the largest relative deviation',
      ).atMost(
        largest(lengths.map((one) => deviation(trial.instead(noCorrections, one.corrected, one.uncorrected), () => 1))),
        1e-6,
        noCorrections,
      ),
      claim('without corrections: |Δθ| = η(1 − β₁ᵗ)/√(1 − β₂ᵗ) at every step, likewise').atMost(
        largest(lengths.map(({ uncorrected }) => deviation(uncorrected, expected))),
        1e-6,
        otherBeta,
      ),
      claim("with the slide's sign the loss rises at every step: the smallest rise").atLeast(
        smallest(rises),
        0,
        asPublished,
      ),
      claim('as published it falls: its last value over its first').atMost(
        published.at(-1)! / published[0]!,
        0.01,
        asOnSlide,
      ),
      claim(
        "RMSprop's sum without 1 − ρ is the usual one at η√(1 − ρ) and δ√(1 − ρ), along the gradients that Adam saw: the largest difference of θ at any step",
      ).atMost(difference, 1e-12, noRoot),
    ] as const;
    return {
      figures: [
        {
          name: 'correction',
          title: "Adam's first steps, with and without bias corrections",
          caption: `How far θ moves in a step along a constant gradient of any size. Without corrections v is too small for longer than m is: compare the length of these steps with η.`,
          x: { label: 'step t', scale: 'log' },
          y: { label: '|θ(t) − θ(t−1)| / η', domain: [0, 1.1 * longest] },
          marks: [
            line({ name: 'with corrections', color: 'blue' }, curve(lengths[1]!.corrected)),
            line({ name: 'without', color: 'orange' }, curve(lengths[1]!.uncorrected)),
            line({ name: '(1 − β₁ᵗ)/√(1 − β₂ᵗ)', color: 'gray', style: 'dashed' }, shown, (t) => [t, expected(t)]),
          ],
        },
        {
          name: 'sign',
          title: "The slide's sign, and the published one",
          caption:
            'The loss in the ravine over steps of Adam as published, and with the last line of the slide, θ + ηm̂/(√v̂ + ε).',
          x: { label: 'step t' },
          y: { label: 'R(θ(t)) − R*', scale: 'log' },
          marks: [
            line({ name: 'as published', color: 'blue' }, early(published)),
            line({ name: "with the slide's sign", color: 'red' }, early(climbing)),
          ] satisfies Line[],
        },
      ],
      checks: [everyStep, without, rising, falling, sameSum],
      findings: [
        `Without bias corrections Adam's first step is ${shortened(lengths[1]!.uncorrected[0]!)} η long and its longest ${shortened(longest)} η.`,
        finding(
          [rising, falling],
          `With the slide's sign the loss in the ravine rises from ${shortened(climbing[0]!)} to ${shortened(climbing.at(-1)!)} in ${steps} steps, where as published it falls to ${shortened(published.at(-1)!)}.`,
          `From ${shortened(climbing[0]!)} the loss in the ravine goes to ${shortened(climbing.at(-1)!)} in ${steps} steps with the slide's sign, and to ${shortened(published.at(-1)!)} as published.`,
        ),
      ],
    };
  },
);
