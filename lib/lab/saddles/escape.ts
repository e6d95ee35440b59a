import { gradientDescent, minimize, type Objective, Random } from '../../index.js';
import type { Figure, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { band, dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { saddle } from '../problems/two_dimensional.js';
import type { Values } from '../setting.js';
import { mean, quantile } from '../spread.js';
import { placeAt } from './critical_points.js';

type EscapeSettings = Values<'learningRate' | 'decades' | 'trials' | 'seed'>;

/** r, the distance from the saddle's stable manifold at which a run has escaped. */
const radius = 0.1;
/** Moments of ln|ξ| for normal ξ: the mean is −(γ + ln 2)/2, with Euler's constant γ, and the variance π²/8. */
const logNormal = { mean: -(0.5772156649015329 + Math.LN2) / 2, deviation: Math.PI / Math.sqrt(8) };

/** Steps from (1, y) on f = ½(x² − y²) + ¼y⁴ until |y| ≥ r, at most `maxSteps`. */
function escapeTime(objective: Objective, y: number, learningRate: number, maxSteps: number): number {
  return minimize(objective, [1, y], {
    rule: gradientDescent({ learningRate }),
    maxSteps,
    tolerance: 0,
    onStep: ({ theta }) => Math.abs(theta[1]!) < radius,
  }).steps;
}

/** The saddle, with normal noise of this standard deviation in its gradients. */
const noisy =
  (deviation: number, random: Random): Objective =>
  (theta, gradient) => {
    const value = saddle.objective(theta, gradient);
    gradient[0]! += deviation * random.normal();
    gradient[1]! += deviation * random.normal();
    return value;
  };

const continuous = 'ln(r/ε)/η, as of gradient flow';
const rateOff = 'formulas in which η is 2 % smaller';
const beside = 'a start at a distance of 1e−12 from the stable manifold';
const withoutNoise = 'no noise';
const typical = 'a formula without (γ + ln 2)/2, as for |ξ| = 1';
const counterModels = [continuous, rateOff, beside, withoutNoise, typical];

/** Measures how long gradient descent stays near a strict saddle. */
export const escapeFromSaddle = part(counterModels, async (settings: EscapeSettings, trial) => {
  const { learningRate, decades, trials, seed } = settings;
  const random = new Random(seed);
  const inFormula = learningRate * trial.instead(rateOff, 1, 0.98);
  const growth = trial.instead(continuous, Math.log1p, (rate: number) => rate);
  const rate = growth(inFormula);
  const scales = Array.from({ length: 2 * decades + 1 }, (_, i) => 10 ** (-2 - i / 2));
  const patience = Math.ceil((4 * Math.log(radius / scales.at(-1)!)) / rate) + 100;

  const predicted = (distance: number) => Math.log(radius / distance) / rate;
  const exact = scales.map(
    (distance): Point => [distance, escapeTime(saddle.objective, distance, learningRate, patience)],
  );
  // While |y| ≤ r, a step multiplies y by 1 + η(1 − y²), a factor from 1 + η(1 − r²) to 1 + η.
  const slowest = (distance: number) => Math.log(radius / distance) / growth(inFormula * (1 - radius ** 2));
  await trial.progress(0.1);

  // y(t) = ησ Σ(1 + η)^(t − 1 − j) ξⱼ tends to (1 + η)ᵗ s·ξ with one normal ξ.
  const spread = learningRate / Math.sqrt((1 + learningRate) ** 2 - 1);
  const meanLog = trial.instead(typical, logNormal.mean, 0);
  const expected = (deviation: number) => predicted(spread * deviation) - meanLog / rate + 1 / 2;
  const withNoise: { deviation: number; times: number[] }[] = [];
  for (const deviation of scales) {
    const objective = trial.instead(withoutNoise, noisy(deviation, random), saddle.objective);
    withNoise.push({
      deviation,
      times: Array.from({ length: trials }, () => escapeTime(objective, 0, learningRate, patience)),
    });
    await trial.progress(0.1 + (0.9 * withNoise.length) / scales.length, () => [
      figure(exact, withNoise, predicted, expected),
    ]);
  }
  const stranded = withNoise.flatMap(({ times }) => times).filter((time) => time === patience).length;
  const error = logNormal.deviation / rate / Math.sqrt(trials * scales.length);
  const meanExcess = mean(withNoise.map(({ deviation, times }) => mean(times) - expected(deviation)));

  const start = [1, trial.instead(beside, 0, 1e-12)];
  const stuck = minimize(saddle, { start, rule: gradientDescent({ learningRate }), maxSteps: patience });
  const place = placeAt(saddle, stuck.theta);
  const [least, most, distance, index, freed, average] = [
    claim('t − ln(r/ε)/ln(1 + η) from a distance ε, the least').atLeast(
      Math.min(...exact.map(([e, t]) => t - predicted(e))),
      -1e-9,
      rateOff,
    ),
    claim('t − ln(r/ε)/ln(1 + η(1 − r²)), the largest').atMost(
      Math.max(...exact.map(([distance, time]) => time - slowest(distance))),
      1 + 1e-9,
      continuous,
    ),
    claim('from ε = 0: the distance from the saddle in the end').atMost(Math.hypot(...place.theta), 1e-6, beside),
    claim('and the share of negative eigenvalues of the Hessian there').between(place.index, 0.5, 0.5, beside),
    claim(`noise of any σ, from ε = 0: runs of ${trials * scales.length} that do not escape`).atMost(
      stranded,
      0,
      withoutNoise,
    ),
    claim(
      'and the mean of t over all σ, less (ln(r/s) + (γ + ln 2)/2)/ln(1 + η) + ½, s = ησ/√((1 + η)² − 1): in standard errors',
    ).between(meanExcess / error, -4, 4, typical),
  ] as const;
  const free = `From ${shortened(scales.at(-1)!)} beside the saddle's stable manifold gradient descent takes ${exact.at(-1)![1]} steps to leave, and ${exact[0]![1]} from ${shortened(scales[0]!)}`;
  return {
    figures: [figure(exact, withNoise, predicted, expected)],
    checks: [least, most, distance, index, freed, average],
    findings: [
      finding(
        [distance, index, freed],
        `${free}; on it, it arrives at the saddle and stays. Noise of σ = ${shortened(scales.at(-1)!)} frees it in ${shortened(mean(withNoise.at(-1)!.times))} steps on average.`,
        `${free}. From ε = 0 it ends at (${[...place.theta].map(shortened).join(', ')}); of ${trials * scales.length} runs with noise ${stranded} have not left after ${patience} steps.`,
      ),
    ],
  };
});

function figure(
  exact: readonly Point[],
  withNoise: readonly { deviation: number; times: readonly number[] }[],
  predicted: (distance: number) => number,
  expected: (deviation: number) => number,
): Figure {
  return {
    name: 'escape',
    title: 'Steps to leave a saddle',
    caption:
      'Steps from the neighbourhood of the saddle of ½(x² − y²) + ¼y⁴ to |y| ≥ 0.1: from a distance ε without noise, and from ε = 0 with noise σ in the gradient. The dashed lines are theory; the band contains four runs of five.',
    x: { label: 'ε, or σ', scale: 'log' },
    y: { label: 'steps to escape' },
    marks: [
      band({ name: 'noise σ in the gradient', color: 'orange' }, withNoise, ({ deviation, times }) => [
        deviation,
        quantile(times, 0.1),
        quantile(times, 0.9),
      ]),
      line({ color: 'orange', style: 'dashed' }, withNoise, ({ deviation }) => [deviation, expected(deviation)]),
      line({ color: 'blue', style: 'dashed' }, exact, ([distance]) => [distance, predicted(distance)]),
      dots({ name: 'mean with noise', color: 'orange' }, withNoise, ({ deviation, times }) => [deviation, mean(times)]),
      dots({ name: 'from a distance ε', color: 'blue' }, exact),
    ],
  };
}
