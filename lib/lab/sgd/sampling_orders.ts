import { Dataset } from '../../data/dataset.js';
import { dense } from '../../layers/dense.js';
import type { Random } from '../../numbers/random.js';
import { sgd } from '../../optimizers/sgd.js';
import type { Line, Point } from '../../pages/figure.js';
import { inverseTime } from '../../schedules/inverse_time.js';
import { network } from '../../training/network.js';
import { atLeast, atMost, between, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import { leastSquares, linearExamples } from '../problems/regression.js';
import type { Trial } from '../trial.js';
import { Course } from './course.js';

interface Options {
  examples: number;
  passes: number;
  /** Number of runs, each with its own random order. */
  runs: number;
  random: Random;
}

const columns = 4;

/** Least squares with one example per step and η ∝ 1/t: drawing with replacement against a permutation per pass. */
export async function samplingOrders({ examples, passes, runs, random }: Options, trial: Trial): Promise<Outcome> {
  const regression = linearExamples(examples, [1, 1, 0.7, 0.7], 1, random);
  const { strongConvexity, least } = leastSquares(regression);
  const learningRate = stableDecay(regression.inputs, strongConvexity);
  const { inputs, targets } = regression;
  const data = new Dataset({ inputs, columns, targets: Float64Array.from(targets) });
  const seeds = Array.from({ length: runs }, () => random.index(2 ** 31));

  const courses = { replacement: new Course(), permutation: new Course() };
  for (const [i, sampling] of (['replacement', 'permutation'] as const).entries()) {
    const excess: number[][] = [];
    for (const [j, seed] of seeds.entries()) {
      const model = network({ inputs: columns, layers: [dense(1, { bias: false })], type: 'float64', seed });
      const run = model.fit(data, {
        loss: 'squared',
        optimizer: sgd({ learningRate }),
        batchSize: 1,
        epochs: passes,
        sampling,
        validation: data,
        seed,
      });
      excess.push((await run).epochs.map(({ validation }) => validation!.loss - least));
      await trial.progress((i + (j + 1) / runs) / 2);
    }
    for (let pass = 1; pass <= passes; ++pass)
      courses[sampling].add(
        pass,
        excess.map((run) => run[pass - 1]!),
      );
  }
  data.dispose();

  const { replacement, permutation } = courses;
  const late = passes / 30;
  const slopes = { replacement: replacement.slope(late), permutation: permutation.slope(late) };
  const gain = replacement.medians.at(-1)![1] / permutation.medians.at(-1)![1];
  return {
    figures: [
      {
        name: 'order',
        title: 'A new order for each pass beats drawing with replacement',
        caption: `Least squares on ${examples} examples, one a step, η ∝ 1/t: median of ${runs} runs (lines) and 80 % of them (bands).`,
        x: { label: 'passes over the data', scale: 'log' },
        y: { label: 'R(θ) − R*', scale: 'log' },
        marks: [
          ...replacement.marks('with replacement', 'orange'),
          ...permutation.marks('permuted', 'blue'),
          power('∝ 1/passes', 'dotted', -1, replacement.medians.at(-1)!, passes),
          power('∝ 1/passes²', 'dashed', -2, permutation.medians.at(-1)!, passes),
        ],
      },
    ],
    checks: [
      between('drawn with replacement, R − R* goes as passesᵖ with p = −1', slopes.replacement, -1.35, -0.65),
      atMost('permuted, p = −2 or less: O(1/K² + n/K³)/n²', slopes.permutation, -1.7),
      atLeast('at last, R − R* with replacement is so many times that of permutation', gain, 10),
    ],
    findings: [
      `After ${passes} passes, R − R* is ${shortened(Number(gain.toPrecision(2)))} times smaller with a new permutation for each pass than with replacement; it falls as passes^${shortened(Number(slopes.permutation.toPrecision(3)))} against passes^${shortened(Number(slopes.replacement.toPrecision(3)))}.`,
    ],
  };
}

/** η(t) = η₀/(1 + t/t₀) with η₀t₀ = 2/μ, for which R falls at least as 1/t. No single example diverges with η₀. */
function stableDecay(inputs: ArrayLike<number>, strongConvexity: number) {
  let largest = 0;
  for (let i = 0; i < inputs.length; i += columns) {
    let square = 0;
    for (let j = 0; j < columns; ++j) square += inputs[i + j]! ** 2;
    largest = Math.max(largest, square);
  }
  const from = 1 / (2 * largest);
  return inverseTime({ from, decay: (from * strongConvexity) / 2 });
}

/** A power law through a point, over the last decade and a half. */
const power = (name: string, style: 'dashed' | 'dotted', exponent: number, [x, y]: Point, passes: number): Line => ({
  kind: 'line',
  name,
  style,
  color: 'gray',
  points: [passes / 30, passes].map((pass): Point => [pass, y * (pass / x) ** exponent]),
});
