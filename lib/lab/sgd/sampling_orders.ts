import { Dataset, dense, network, Random, schedules, sgd } from '../../index.js';
import type { Color, Figure, Line, Mark, Point } from '../../pages/index.js';
import { claim, shortened } from '../check.js';
import { line } from '../marks.js';
import { finding } from '../outcome.js';
import { part } from '../parts.js';
import { leastSquares, linearExamples } from '../problems/regression.js';
import { Course } from './course.js';

interface Options {
  examples: number;
  passes: number;
  /** Number of runs, each with its own random order. */
  runs: number;
  random: Random;
}

const columns = 4;

/** The orders in which runs use the examples. */
const orders = {
  replacement: { name: 'with replacement', color: 'orange' },
  sorted: { name: 'sorted by their gradients, the same in every pass', color: 'red' },
  fixed: { name: 'one random order for all passes', color: 'green' },
  permutation: { name: 'a new random order for each pass', color: 'blue' },
} as const satisfies Record<string, { name: string; color: Color }>;

type Order = keyof typeof orders;

const drawnAnew = 'drawing with replacement in place of a new order for each pass';
const permuted = 'a new order for each pass in place of drawing with replacement';
const sameOrder = 'one order for all passes in place of a new one for each';
const newOrder = 'a new order for each pass in place of one for all';
const notSorted = 'a random order in place of the sorted one';
const counterModels = [drawnAnew, permuted, sameOrder, newOrder, notSorted];

/** Least squares with one example per step and η ∝ 1/t, where examples come in several orders. */
export const samplingOrders = part(counterModels, async ({ examples, passes, runs, random }: Options, trial) => {
  const regression = linearExamples(examples, [1, 1, 0.7, 0.7], 1, random);
  const { strongConvexity, least, minima } = leastSquares(regression);
  const { inputs, targets } = regression;
  const learningRate = stableDecay(inputs, strongConvexity);
  const data = new Dataset({ inputs, columns, targets: Float64Array.from(targets) });
  const seeds = Array.from({ length: runs }, () => random.index(2 ** 31));
  const gradients = Array.from(targets, (target, i) => {
    const x = Array.from(inputs.subarray(i * columns, (i + 1) * columns));
    return (x.reduce((sum, value, j) => sum + value * minima[0]![j]!, 0) - target) * x[0]!;
  });
  const byGradient = Uint32Array.from(targets, (_, i) => i).sort((a, b) => gradients[a]! - gradients[b]!);

  /** R − R* after each pass. */
  const descend = async (order: Order, seed: number): Promise<number[]> => {
    const rows = order === 'fixed' ? new Random(seed).permutation(examples) : byGradient;
    const inOrder = data.select(rows);
    const model = network({ inputs: columns, layers: [dense(1, { bias: false })], type: 'float64', seed });
    const { epochs } = await model.fit(inOrder, {
      loss: 'squared',
      optimizer: sgd({ learningRate }),
      batchSize: 1,
      epochs: passes,
      ...(order === 'replacement' || order === 'permutation' ? { sampling: order } : { shuffle: false }),
      validation: data,
      seed,
    });
    inOrder.dispose();
    return epochs.map(({ validation }) => validation!.loss - least);
  };
  const followed: Record<Order, Order> = {
    replacement: trial.instead(permuted, 'replacement', 'permutation'),
    sorted: trial.instead(notSorted, 'sorted', 'fixed'),
    fixed: trial.instead(newOrder, 'fixed', 'permutation'),
    permutation: trial.instead(drawnAnew, trial.instead(sameOrder, 'permutation', 'fixed'), 'replacement'),
  };
  const courses: Partial<Record<Order, Course>> = {};
  const names = Object.keys(orders) as Order[];
  for (const [i, order] of names.entries()) {
    const excess: number[][] = [];
    for (const [j, seed] of seeds.entries()) {
      excess.push(await descend(followed[order], seed));
      await trial.progress((i + (j + 1) / runs) / names.length);
    }
    const course = new Course();
    for (let pass = 1; pass <= passes; ++pass)
      course.add(
        pass,
        excess.map((run) => run[pass - 1]!),
      );
    courses[order] = course;
    await trial.progress((i + 1) / names.length, () => [figureOf(courses)]);
  }
  data.dispose();

  const { replacement, sorted, fixed, permutation } = courses as Record<Order, Course>;
  const slopes = {
    replacement: replacement.slope(passes / 30), // noise of many passes
    fixed: fixed.slope(passes / 5),
    permutation: permutation.slope(passes / 5),
  };
  const ratio = (a: Course, b: Course) => a.medians.at(-1)![1] / b.medians.at(-1)![1];
  const shown = (value: number) => shortened(Number(value.toPrecision(2)));
  const power = (value: number) => `passes^${shortened(Number(value.toPrecision(3)))}`;
  const checks = [
    claim('drawn with replacement: R − R* ∝ passesᵖ with p = −1').between(slopes.replacement, -1.6, -0.5, permuted),
    claim('one random order for all passes: p = −2').between(slopes.fixed, -2.3, -1.7, newOrder),
    claim('a new random order for each pass: p is below −2').atMost(slopes.permutation, -2.4, sameOrder),
    claim('after the last pass, R − R* with replacement over that of a new order for each pass').atLeast(
      ratio(replacement, permutation),
      30,
      drawnAnew,
    ),
    claim('after the last pass, R − R* of one random order for all passes over that of a new one for each').atLeast(
      ratio(fixed, permutation),
      3,
      sameOrder,
    ),
    claim('after the last pass, R − R* of the sorted order over that of one random order').atLeast(
      ratio(sorted, fixed),
      2.5,
      notSorted,
    ),
  ];
  const numbers = `as ${power(slopes.replacement)} drawn with replacement, as ${power(slopes.fixed)} with one random order for all passes, and as ${power(slopes.permutation)} with a new one for each`;
  const ends = `After ${passes} passes R − R* with replacement is ${shown(ratio(replacement, fixed))} times that of one random order, which is ${shown(ratio(fixed, permutation))} times that of a new order for each pass; that of the sorted order is ${shown(ratio(sorted, fixed))} times that of the random one`;
  return {
    figures: [figureOf(courses)],
    checks,
    findings: [
      finding(
        checks,
        `R − R* falls ${numbers}. ${ends}.`,
        `R − R* goes ${numbers}. ${ends}. The orders do not all differ here as theory says.`,
      ),
    ],
  };

  function figureOf(courses: Partial<Record<Order, Course>>): Figure {
    const guide = (exponent: number, style: Line['style'], course: Course | undefined): Line[] =>
      course ? [{ ...guideThrough(course.medians.at(-1)!, exponent), style }] : [];
    return {
      name: 'order',
      title: 'In which order: with replacement, sorted, permuted once, permuted in each pass',
      caption: `Least squares on ${examples} examples, one a step, η ∝ 1/t: mean of ${runs} runs (lines) and 80 % of them (bands). Compare the slopes with theory (gray). “Sorted” means by the first component of the examples’ gradients at θ*.`,
      x: { label: 'passes over the data', scale: 'log' },
      y: { label: 'R(θ) − R*', scale: 'log' },
      marks: [
        ...names.flatMap((order): Mark[] => courses[order]?.marks(orders[order].name, orders[order].color) ?? []),
        ...guide(-1, 'dotted', courses.replacement),
        ...guide(-2, 'dashed', courses.fixed),
        ...guide(-3, 'solid', courses.permutation),
      ],
    };
  }

  /** A power law through a point, over the last one and a half decades. */
  function guideThrough([x, y]: Point, exponent: number): Line {
    return line(
      { name: `∝ 1/passes${['', '', '²', '³'][-exponent]}`, color: 'gray', width: 1 },
      [passes / 30, passes],
      (pass) => [pass, y * (pass / x) ** exponent],
    );
  }
});

/** η(t) = η₀/(1 + t/t₀) with η₀t₀ = 2/μ, for which R falls at least as 1/t. No single example diverges with η₀. */
function stableDecay(inputs: ArrayLike<number>, strongConvexity: number) {
  let largest = 0;
  for (let i = 0; i < inputs.length; i += columns) {
    let square = 0;
    for (let j = 0; j < columns; ++j) square += inputs[i + j]! ** 2;
    largest = Math.max(largest, square);
  }
  const from = 1 / (2 * largest);
  return schedules.inverseTime({ from, decay: (from * strongConvexity) / 2 });
}
