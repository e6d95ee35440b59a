import { Dataset, dense, type FloatArray, network, Random } from '../../index.js';
import type { Color, Figure, Line, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { iris } from '../data.js';
import { experiment } from '../experiment.js';
import { dots, line } from '../marks.js';
import { finding } from '../outcome.js';
import { inOnePart } from '../parts.js';
import { standardized } from '../problems/index.js';
import { seed, whole } from '../setting.js';
import { geometricMean } from '../spread.js';
import { distance, norm, plus } from '../vectors.js';

/** All ways to choose `count` of 0 … size − 1, in ascending order. */
export function* subsets(size: number, count: number, from = 0): Generator<number[]> {
  if (count === 0) yield [];
  else
    for (let first = from; first <= size - count; ++first)
      for (const rest of subsets(size, count - 1, first + 1)) yield [first, ...rest];
}

/** All sequences of `count` draws from 0 … size − 1 with replacement. */
export function* draws(size: number, count: number): Generator<number[]> {
  if (count === 0) yield [];
  else for (const rest of draws(size, count - 1)) for (let first = 0; first < size; ++first) yield [first, ...rest];
}

/** All ways to choose `count` neighbours of 0 … size − 1, in ascending order. */
function* neighbours(size: number, count: number): Generator<number[]> {
  for (let first = 0; first <= size - count; ++first) yield Array.from({ length: count }, (_, i) => first + i);
}

/** E[g] and E‖g − ∇R‖² over the gradients g of some minibatches; `whole` is ∇R. */
function moments(gradients: readonly FloatArray[], whole: FloatArray): { mean: FloatArray; variance: number } {
  const mean = gradients.reduce(
    (sum, gradient) => plus(sum, 1 / gradients.length, gradient),
    whole.map(() => 0),
  );
  const variance = gradients.reduce((sum, gradient) => sum + distance(gradient, whole) ** 2, 0) / gradients.length;
  return { mean, variance };
}

const onlyNeighbours = 'only minibatches of neighbours in the table';
const noReplacement = 'minibatches without replacement for those with';
const populationVariance = 'σ² in place of s²';
const noCorrection = 'no factor 1 − k/N without replacement';
const correctedAll = 'the factor 1 − k/N with replacement too';

const counterModels = [onlyNeighbours, noReplacement, populationVariance, noCorrection, correctedAll];

export const expectations = experiment({
  number: 2,
  name: 'expectations',
  title: 'Objectives as expectations: gradients of minibatches',
  slides: [
    {
      title: 'Objectives as Expectations',
      claim: 'a sum over all examples is an expectation, which a sample of them estimates',
    },
    { title: 'Stochastic Gradient Descent', claim: 'E∇R(S_k) = ∇R(S_N): subsampling is unbiased' },
  ],
  question: 'What does the gradient of a minibatch say about the gradient of all data?',
  formulas: [
    'E ∇R(S) = ∇R, over all minibatches S of k examples of N',
    'E‖∇R(S) − ∇R‖² = σ²/k with replacement,  (1 − k/N)·s²/k without',
    'σ² = (1/N) Σ ‖∇Rᵢ − ∇R‖²,  s² = σ²·N/(N − 1)',
  ],
  sources: ['Cochran 1977, Sampling Techniques, theorems 2.1 and 2.2', 'data: irises, Fisher 1936'],
  data: ['iris'],
  settings: {
    few: whole('N, the number of examples of which all minibatches are formed', {
      full: 12,
      small: 7,
      least: 4,
      most: 14,
    }),
    draws: whole('minibatches drawn from all 150 irises, for each k', {
      full: 2000,
      small: 200,
      least: 10,
      most: 5000,
    }),
    hidden: whole('hidden units of the network', { full: 5, most: 100 }),
    seed,
  },

  run: inOnePart(counterModels, async ({ few, draws: drawn, hidden, seed }, trial) => {
    const measured = await iris();
    const { inputs, columns } = standardized(measured.inputs, measured.columns);
    using all = new Dataset({ inputs, columns, targets: measured.classes });
    const layers = [dense(hidden, { activation: 'tanh' }), dense(3)];
    const model = network({ inputs: columns, layers, type: 'float64', seed });
    const random = new Random(seed);
    const gradientOf = (data: Dataset) => model.gradient(data, { loss: 'crossEntropy' }).gradient;
    const gradientOn = (data: Dataset, rows: readonly number[]) => {
      using minibatch = data.select(rows);
      return gradientOf(minibatch);
    };

    using some = all.select(random.permutation(all.rows).slice(0, few));
    const whole = gradientOf(some);
    const { total: variance } = model.gradientVariance(some, { loss: 'crossEntropy' });
    const withReplacement = (k: number) => variance / k;
    const without = (k: number) =>
      ((1 - k / few) * variance * trial.instead(populationVariance, few / (few - 1), 1)) / k;
    const exact = { without: [] as Point[], with: [] as Point[] };
    const deviation = { without: 0, with: 0 };
    let bias = 0;
    const enumerate = (batches: Iterable<number[]>, k: number, theory: number, how: 'without' | 'with') => {
      const found = moments(
        [...batches].map((rows) => gradientOn(some, rows)),
        whole,
      );
      bias = Math.max(bias, distance(found.mean, whole) / norm(whole));
      deviation[how] = Math.max(deviation[how], Math.abs(found.variance - theory) / variance);
      exact[how].push([k, found.variance]);
    };
    const chosen = trial.instead(onlyNeighbours, subsets, neighbours);
    const drawnAgain = trial.instead(noReplacement, draws, subsets);
    for (let k = 1; k <= few; ++k) {
      enumerate(chosen(few, k), k, without(k), 'without');
      if (k <= 3) enumerate(drawnAgain(few, k), k, withReplacement(k), 'with');
      await trial.progress((0.4 * k) / few, () => [exactFigure()]);
    }

    const wholeOfAll = gradientOf(all);
    const varianceOfAll = model.gradientVariance(all, { loss: 'crossEntropy' }).total;
    const sizes = [1, 2, 4, 8, 16, 32, 64, 100, 130, 148];
    const sampled = { without: [] as Point[], with: [] as Point[] };
    const ratios = { without: [] as number[], with: [] as number[] };
    const left = (k: number) => 1 - k / all.rows;
    const correction = (k: number) => (left(k) * all.rows) / (all.rows - 1);
    for (const [i, k] of sizes.entries()) {
      const sample = (draw: () => number[]) =>
        moments(
          Array.from({ length: drawn }, () => gradientOn(all, draw())),
          wholeOfAll,
        ).variance;
      const replaced = sample(() => Array.from({ length: k }, () => random.index(all.rows)));
      const chosen = sample(() => [...random.permutation(all.rows).subarray(0, k)]);
      sampled.with.push([k, replaced]);
      sampled.without.push([k, chosen]);
      ratios.with.push((replaced * k) / (trial.instead(correctedAll, 1, left(k)) * varianceOfAll));
      ratios.without.push((chosen * k) / (trial.instead(noCorrection, correction(k), 1) * varianceOfAll));
      await trial.progress(0.4 + (0.6 * (i + 1)) / sizes.length, () => [exactFigure(), sampledFigure()]);
    }
    const cloud = (k: number): Point[] =>
      Array.from({ length: 300 }, () => {
        const gradient = gradientOn(all, [...random.permutation(all.rows).subarray(0, k)]);
        return [gradient.at(-1)!, gradient.at(-2)!];
      });
    const share = varianceOfAll / norm(wholeOfAll) ** 2;
    const unbiased = claim('E∇R(S) = ∇R over all possible minibatches, for every k: relative deviation').atMost(
      bias,
      1e-12,
      onlyNeighbours,
    );
    const variances = [
      claim('σ²/k over all possible minibatches with replacement: deviation relative to σ²').atMost(
        deviation.with,
        1e-12,
        noReplacement,
      ),
      claim('(1 − k/N)·s²/k over all possible minibatches without replacement: likewise').atMost(
        deviation.without,
        1e-12,
        populationVariance,
      ),
    ];
    const spread = margin(sizes.length * drawn);
    const drawnVariances = [
      claim('drawn with replacement: variance over σ²/k, geometric mean of all k').between(
        geometricMean(ratios.with),
        1 - spread,
        1 + spread,
        correctedAll,
      ),
      claim('drawn without: variance over (1 − k/N)·s²/k, geometric mean of all k').between(
        geometricMean(ratios.without),
        1 - spread,
        1 + spread,
        noCorrection,
      ),
    ];

    return {
      figures: [
        exactFigure(),
        sampledFigure(),
        {
          name: 'clouds',
          title: 'Gradients of minibatches around that of all data',
          caption: 'The derivatives with respect to two biases of the output, for 300 minibatches of each size.',
          x: { label: '∂R/∂b₃' },
          y: { label: '∂R/∂b₂' },
          marks: [
            ...[4, 16, 64].map((k, i) => dots({ name: `k = ${k}`, color: i / 2, radius: 2.5 }, cloud(k))),
            dots({ name: '∇R', color: 'gray', radius: 7 }, [[wholeOfAll.at(-1)!, wholeOfAll.at(-2)!]]),
          ],
        },
      ],
      checks: [unbiased, ...variances, ...drawnVariances],
      findings: [
        finding(
          [unbiased, ...variances],
          `Over all minibatches of ${few} irises the mean gradient is ∇R to rounding, and the variance is that of the formulas.`,
          'Over all these minibatches the mean gradient, or its variance, is not that of the formulas.',
        ),
        finding(
          variances,
          `σ² is ${shortened(varianceOfAll)}, ${shortened(share)} times ‖∇R‖²: from k = ${Math.ceil(share)} examples on, the noise of a minibatch is less than its gradient.`,
          `σ² is ${shortened(varianceOfAll)}, ${shortened(share)} times ‖∇R‖².`,
        ),
      ],
    };

    function exactFigure(): Figure {
      return {
        name: 'exact',
        title: `All minibatches of ${few} irises`,
        caption: 'The variance of the gradient over all possible minibatches (dots), and the formulas (lines).',
        x: { label: 'examples k of a minibatch' },
        y: { label: 'E‖∇R(S) − ∇R‖²', scale: 'log' },
        marks: [
          theory('σ²/k', 'blue', few, withReplacement),
          theory('(1 − k/N)·s²/k', 'orange', few - 0.1, without),
          dots({ name: 'with replacement', color: 'blue' }, exact.with),
          dots(
            { name: 'without', color: 'orange' },
            exact.without.filter(([k]) => k < few),
          ),
        ],
      };
    }

    function sampledFigure(): Figure {
      return {
        name: 'sampled',
        title: 'Minibatches drawn from 150 irises',
        caption: `${drawn} minibatches for each k (dots), and the formulas (lines): 1/k, and 1 − k/N, which matters only where k is a large part of N.`,
        x: { label: 'examples k of a minibatch', scale: 'log' },
        y: { label: 'E‖∇R(S) − ∇R‖²', scale: 'log' },
        marks: [
          theory('σ²/k', 'blue', 148, (k) => varianceOfAll / k),
          theory('(1 − k/N)·s²/k', 'orange', 148, (k) => (correction(k) * varianceOfAll) / k),
          dots({ name: 'with replacement', color: 'blue' }, sampled.with),
          dots({ name: 'without', color: 'orange' }, sampled.without),
        ],
      };
    }
  }),
});

/** A formula for k from 1 to `last`, at 200 places that are evenly spaced in their logarithms. */
const theory = (name: string, color: Color, last: number, at: (k: number) => number): Line => {
  const places = Array.from({ length: 200 }, (_, i) => last ** (i / 199));
  return line({ name, color, style: 'dashed' }, places, (k) => [k, at(k)]);
};

/** Five standard deviations of a mean of `count` squares, relative to it, if a square deviates by at most the mean. */
const margin = (count: number) => 5 / Math.sqrt(count);
