import type { Dataset, Random } from '../../index.js';
import type { Color, Dots, Figure, Line, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { dots, line, referenceLine } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { median } from '../spread.js';
import { costAt, type TunedCost, tunedCost } from './cost_to_target.js';
import {
  type Fit,
  fittedLaw,
  measuredScale,
  type NoiseScale,
  noiseScale,
  noiseScales,
  plainScale,
  tradeOff,
} from './critical_batch.js';
import { digitTrainer } from './digit_classifier.js';

interface Options {
  training: Dataset;
  hidden: number;
  /** The training loss to reach. */
  target: number;
  /** Limit of the batch sizes 1, 2, 4, …. The training set has as many examples as the largest of these. */
  largest: number;
  /** Number of runs, each with its own initial weights and order. */
  trials: number;
  random: Random;
}

const slowSingles = 'a quarter of the best η for k = 1';
const shorterSteps = 'η ∝ k^¼ from the best of k = 1 on, in place of the best of each k';
const rootLaw = 'examples ∝ 1 + √(k/k*)';
const ofPairs = 'the noise scale of pairs of examples in place of single ones';
const unsquared = 'tr Σ/‖g‖ in place of tr Σ/‖g‖²';
const counterModels = [slowSingles, shorterSteps, rootLaw, ofPairs, unsquared];

/** The number of examples for which the noise scale is also computed from single gradients. */
const plainRows = 20;

/**
 * Measures the examples, steps and seconds to a training loss with each batch size, at its best learning rate, and
 * compares the critical batch size with the noise of gradients.
 */
export const batchSizes = part(counterModels, async (options: Options, trial) => {
  const { training, hidden, target, largest, trials, random } = options;
  const count = Math.floor(Math.log2(Math.min(largest, training.rows))) + 1;
  const sizes = Array.from({ length: count }, (_, i) => 2 ** i);
  const data = training.select(random.permutation(training.rows).subarray(0, sizes.at(-1)));
  const seeds = Array.from({ length: trials }, () => random.index(2 ** 31));
  const task = { data, hidden, target, seeds };
  const shown = (value: number) => shortened(Number(value.toPrecision(2)));
  const goal = `training loss ${shortened(target)}`;
  const caption = `Costs to reach a ${goal} on ${data.rows} digits, the last k being all of them, with the best of many learning rates for each k: median of ${trials} runs.`;
  const examplesOf = (tuned: readonly TunedCost[]) => tuned.map((one): Point => [one.batchSize, one.examples]);

  const tuned: TunedCost[] = [];
  const soFar = () => [countFigure(examplesOf(tuned), caption, []), timeFigure(tuned, goal)];
  let learningRate = 0.02;
  for (const [i, batchSize] of sizes.entries()) {
    const progress = () => trial.progress((0.9 * i) / sizes.length);
    const one = await (i === 0 || trial.instead(shorterSteps, true, false)
      ? tunedCost(task, { batchSize, learningRate }, progress)
      : costAt(task, { batchSize, learningRate: batchSize ** (1 / 4) * tuned[0]!.learningRate }, progress));
    learningRate = one.learningRate;
    const factor = i === 0 ? trial.instead(slowSingles, 1, 1 / 4) : 1;
    tuned.push(factor === 1 ? one : await costAt(task, { batchSize, learningRate: factor * learningRate }, progress));
    await trial.progress((0.9 * (i + 1)) / sizes.length, soFar);
  }

  const examples = examplesOf(tuned);
  const law = trial.instead(rootLaw, tradeOff, (share: number) => 1 + Math.sqrt(share));
  const fitted = fittedLaw(examples, law);
  const near = tuned.reduce((best, next) =>
    Math.abs(Math.log(next.batchSize / fitted.critical)) < Math.abs(Math.log(best.batchSize / fitted.critical))
      ? next
      : best,
  );
  const inScale = trial.instead(ofPairs, 1, 2);
  const scaleFrom = trial.instead<NoiseScale>(unsquared, noiseScale, (variance, norm) => variance / norm);
  const scaleOf: NoiseScale = (variance, norm) => scaleFrom(variance / inScale, norm);
  const scales = await noiseScales(task, near, scaleOf, (share) => trial.progress(0.9 + 0.1 * share));
  const noise = scales.length > 0 ? median(scales.map(([, scale]) => scale)) : NaN;
  const few = data.select(Array.from({ length: Math.min(plainRows, data.rows) }, (_, i) => i));
  const trainer = digitTrainer(hidden, near.learningRate, seeds[0]!);
  const plainly = measuredScale(trainer.model, few, scaleOf).scale / plainScale(trainer.model, few);
  trainer.dispose();
  few.dispose();
  data.dispose();

  const ofOne = examples[0]![1];
  const least = Math.min(...examples.map(([, count]) => count));
  const [largestSize, most] = examples.at(-1)!;
  const fewer = (ofOne * largestSize) / most;
  const fastest = tuned.reduce((best, next) => (next.seconds < best.seconds ? next : best));
  const [singles, saved, lawHolds, noiseTells] = [
    claim('k = 1 needs hardly more examples than the best k: their ratio').atMost(ofOne / least, 1.3, slowSingles),
    claim(
      `k = ${largestSize} reduces the number of sequential steps, compared to k = 1: the factor, in units of √k`,
    ).atLeast(fewer / Math.sqrt(largestSize), 1, shorterSteps),
    claim('examples ∝ 1 + k/k*: the root mean square of ln(measured/law) over all k').atMost(
      fitted.deviation,
      0.16,
      rootLaw,
    ),
    claim('the noise scale tr Σ/‖g‖², its median during training, over the fitted k*').between(
      noise / fitted.critical,
      0.8,
      1.5,
      ofPairs,
    ),
  ] as const;
  const computed = claim(
    `the noise scale of ${Math.min(plainRows, data.rows)} digits at the start, over E‖gᵢ − g‖²/‖g‖² from the gradient of each: the relative deviation`,
  ).atMost(Math.abs(plainly - 1), 1e-4, unsquared);
  const missing = tuned.filter((one) => one.examples === Infinity).map((one) => one.batchSize);
  const costs =
    ofOne < Infinity && most < Infinity
      ? `To a ${goal}, single examples take ${shown(ofOne)} backpropagations in as many steps; minibatches of ${largestSize} take about ${shown(most)}, in ${shown(Math.ceil(most / largestSize))} steps.`
      : `A ${goal} is not reached with k = ${missing.join(', ')}.`;
  const both = Number.isNaN(fitted.critical)
    ? 'No critical size k* is fitted, as the goal is not reached with each k'
    : `The fitted critical size k* is ${shown(fitted.critical)}; the measured noise scale tr Σ/‖g‖² is ${shown(noise)} in the median`;
  return {
    figures: [
      countFigure(examples, caption, lawMarks(sizes, fitted, law, noise)),
      noiseFigure(scales, near, fitted),
      timeFigure(tuned, goal),
    ],
    checks: [singles, saved, lawHolds, noiseTells, computed],
    findings: [
      finding(
        [singles, saved],
        `${costs} So single examples need the fewest backpropagations or nearly so, and the largest minibatch the fewest steps.`,
        costs,
      ),
      fitted.critical > largestSize
        ? `${both}. This k* is beyond the sizes measured, of which the largest is ${largestSize}: they don't tell whether it is critical.`
        : finding(
            [lawHolds, noiseTells, computed],
            `${both}, ${shown(noise / fitted.critical)} times that: the noise of single gradients tells up to which size minibatches cost no more (McCandlish et al. claim the order of magnitude).`,
            `${both}. That the noise of gradients tells the critical size is not supported by this measurement.`,
          ),
      ...(ofOne < Infinity
        ? [
            `On this machine, now, k = ${fastest.batchSize} was the fastest: ${shown(1000 * fastest.seconds)} ms, against ${shown(1000 * tuned[0]!.seconds)} ms with k = 1.`,
          ]
        : []),
    ],
  };
});

function countFigure(examples: readonly Point[], caption: string, others: readonly Mark[]): Figure {
  const ofOne = examples[0]![1];
  return {
    name: 'batch-size',
    title: 'Examples and steps for each minibatch size',
    caption: `${caption} Compare where the examples begin to rise and the steps stop falling with k* and with the noise scale.`,
    x: { label: 'minibatch size k', scale: 'log' },
    y: { label: 'count', scale: 'log' },
    marks: [
      ...curve('examples backpropagated', 'blue', examples),
      ...curve(
        'steps',
        'orange',
        examples.map(([k, count]): Point => [k, count / k]),
      ),
      line({ name: 'steps ∝ 1/k', style: 'dotted', color: 'gray' }, examples, ([k]) => [k, ofOne / k]),
      ...others,
    ],
  };
}

/** The fitted law and its k*, and the measured noise scale. */
function lawMarks(sizes: readonly number[], { critical, least }: Fit, law: typeof tradeOff, noise: number): Mark[] {
  const at = (name: string, color: Color, x: number): Mark[] =>
    Number.isFinite(x) ? [referenceLine('x', x, { name, color })] : [];
  return [
    line({ name: 'examples ∝ 1 + k/k*', style: 'dashed', color: 'gray' }, sizes, (k) => [k, least * law(k / critical)]),
    ...at('fitted k*', 'gray', critical),
    ...at('measured noise scale', 'purple', noise),
  ];
}

const noiseFigure = (scales: readonly Point[], { batchSize, learningRate }: TunedCost, { critical }: Fit): Figure => ({
  name: 'noise-scale',
  title: 'The noise scale during training, and the critical size',
  caption: `tr Σ/‖g‖² = E‖gᵢ − g‖²/‖g‖² of the gradients gᵢ of single examples, whose mean over the training set is g, on the way of runs with k = ${batchSize} and η = ${shortened(learningRate)}. In theory, smaller minibatches do not need more examples. Compare it with the k* that is fitted to the costs.`,
  x: { label: 'training loss', scale: 'log' },
  y: { label: 'E‖gᵢ − g‖² / ‖g‖²', scale: 'log' },
  marks: [
    dots({ name: 'measured noise scale', color: 'purple', radius: 3 }, finite(scales)),
    ...(Number.isFinite(critical) ? [referenceLine('y', critical, { name: 'fitted k*', color: 'gray' })] : []),
  ],
});

const timeFigure = (tuned: readonly TunedCost[], goal: string): Figure => ({
  name: 'time',
  title: 'The time for each minibatch size',
  caption: `Time of the steps that lead to a ${goal}, as measured in this run. It depends on the machine, and no check uses it.`,
  x: { label: 'minibatch size k', scale: 'log' },
  y: { label: 'time of the steps in ms', scale: 'log' },
  marks: curve(
    'measured',
    'green',
    tuned.map(({ batchSize, seconds }): Point => [batchSize, 1000 * seconds]),
  ),
});

/** A line through points, with dots. */
const curve = (name: string, color: Color, points: readonly Point[]): [Line, Dots] => [
  line({ name, color }, points),
  dots({ color }, finite(points)),
];

const finite = (points: readonly Point[]) => points.filter(([, y]) => Number.isFinite(y));
