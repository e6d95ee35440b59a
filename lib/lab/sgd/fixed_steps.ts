import type { Random } from '../../index.js';
import type { Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { logLogSlope } from '../slope.js';
import { mean } from '../spread.js';
import { ball, descend, type NoisyQuadratic, squaredDistances } from './noisy_quadratic.js';

interface Options {
  /** Must have L = 1. */
  problem: NoisyQuadratic;
  steps: number;
  seeds: number;
  random: Random;
}

const noisier = 'a σ that is 5 % larger in the formula';
const averages = 'averages in place of the iterates';

/** Measures the ball in which SGD stays with a fixed step. */
export const fixedSteps = part([noisier, averages], async ({ problem, steps, seeds, random }: Options, trial) => {
  const rates = [0.05, 0.1, 0.2, 0.4, 0.8, 1.2, 1.6];
  const seen = rates.map((): number[] => []);
  const half = Math.ceil(steps / 2);
  const times = Array.from({ length: Math.ceil(half / 10) }, (_, i) => half + 10 * i);
  const observed = trial.instead(averages, 'iterate', 'average');
  await descend(
    problem,
    rates,
    { seeds, times, random },
    (_, samples) => {
      for (const [i, sample] of samples.entries()) seen[i]!.push(mean(squaredDistances(problem, sample[observed])));
    },
    trial,
  );
  const inFormula = { ...problem, deviation: problem.deviation * trial.instead(noisier, 1, 1.05) };
  const measured = rates.map((rate, i): Point => [rate, mean(seen[i]!)]);
  const deviation = Math.max(...measured.map(([rate, radius2]) => Math.abs(radius2 / ball(inFormula, rate) - 1)));
  const slope = logLogSlope(measured.filter(([rate]) => rate <= 0.4));
  const curve = Array.from({ length: 100 }, (_, i): Point => {
    const rate = 0.04 * (1.8 / 0.04) ** (i / 99);
    return [rate, ball(inFormula, rate)];
  });
  const checks = [
    claim('a fixed step: E‖θ − θ*‖² = Σ ησ²/(λᵢ(2 − ηλᵢ)), the largest relative deviation over all η').atMost(
      deviation,
      0.06,
      noisier,
    ),
    claim('a fixed step: E‖θ − θ*‖² ∝ ηᵖ with p = 1, for η ≤ 0.4/L').between(slope, 0.9, 1.1, averages),
  ];
  const share = `${shortened(100 * Number(deviation.toPrecision(2)))} %`;
  return {
    figures: [
      {
        name: 'ball',
        title: 'The ball around the optimum, over the step',
        caption: `Where SGD stays with a fixed step: means over ${seeds} seeds and ${shortened(half)} steps, after as many steps to arrive.`,
        x: { label: 'fixed step η·L', scale: 'log' },
        y: { label: 'E‖θ − θ*‖²', scale: 'log' },
        marks: [
          line({ style: 'dashed', name: 'Σ ησ²/(λᵢ(2 − ηλᵢ))', color: 'gray' }, curve),
          dots({ name: 'measured', radius: 5 }, measured),
        ],
      },
    ],
    checks,
    findings: [
      finding(
        checks,
        `With a fixed step SGD stays in a ball whose squared radius grows as η^${shortened(Number(slope.toPrecision(3)))}, within ${share} of its closed form.`,
        `The squared distance from the optimum goes as η^${shortened(Number(slope.toPrecision(3)))} in ${shortened(steps)} steps, up to ${share} off its closed form: SGD is not in its ball yet, or does not stay there.`,
      ),
    ],
  };
});
