import { interval } from '../../checks/ranges.js';
import { Dataset } from '../../data/dataset.js';
import { dense } from '../../layers/index.js';
import { minimize } from '../../minimize/minimize.js';
import { Random } from '../../numbers/random.js';
import { norm } from '../../numbers/vectors.js';
import { gradientDescent, lbfgs, type Rule, sgd } from '../../optimizers/index.js';
import type { Point } from '../../pages/figure.js';
import { network } from '../../training/network.js';
import { Trainer } from '../../training/trainer.js';
import { atMost, between, shortened } from '../check.js';
import { experiment } from '../experiment.js';
import { type Examples, leastSquares, linearExamples } from '../problems/index.js';
import { real, seed, whole } from '../setting.js';
import { logLogSlope } from '../slope.js';

const columns = 20;
const smallest = 1 / 30;
/** Standard deviations of the inputs: variances from 1 down to 1/30. */
const scales = Float64Array.from({ length: columns }, (_, i) => Math.sqrt(smallest ** (i / (columns - 1))));

/** The examples whose loss or gradient was computed, the seconds taken, and the excess risk over examples. */
interface Effort {
  readonly examples: number;
  readonly seconds: number;
  readonly curve: readonly Point[];
}

type Sample = Examples & { readonly truth: Float64Array };

const examplesOf = ({ inputs, targets, truth }: Sample, rows: number): Sample => ({
  inputs: inputs.subarray(0, rows * columns),
  columns,
  targets: (targets as Float64Array).subarray(0, rows),
  truth,
});

/** A linear model that starts at 0, and its excess risk E(y − θᵀx)² − E(y − θ*ᵀx)². */
function learner({ truth }: Sample) {
  const model = network({ inputs: columns, layers: [dense(1, { bias: false })], type: 'float64' });
  model.parameters.fill(0);
  const excess = () => norm(scales.map((scale, i) => scale * (model.parameters[i]! - truth[i]!))) ** 2;
  return { model, excess };
}

function withAll(examples: Sample, data: Dataset, rule: Rule, goal: number): Effort {
  const { model, excess } = learner(examples);
  const curve: Point[] = [];
  const { evaluations, seconds } = minimize(
    { model, data, loss: 'squared' },
    {
      rule,
      tolerance: 0,
      onStep({ evaluations }) {
        curve.push([evaluations * data.rows, excess()]);
        return excess() > goal;
      },
    },
  );
  return { examples: evaluations * data.rows, seconds, curve };
}

/** Runs SGD on the data in random order, 64 examples per `fit`, until the excess risk is at most `goal`. */
async function withSome(
  examples: Sample,
  data: Dataset,
  { batchSize, learningRate }: { batchSize: number; learningRate: number },
  goal: number,
  random: Random,
): Promise<Effort> {
  const { model, excess } = learner(examples);
  using trainer = new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate }) });
  const order = random.permutation(data.rows);
  const piece = 64;
  const curve: Point[] = [[0, excess()]];
  let [done, seconds] = [0, 0];
  while (excess() > goal && excess() < 1e6 && done < 20 * data.rows) {
    const from = done % (data.rows - piece);
    using part = data.select(order.subarray(from, from + piece));
    const { epochs } = await trainer.fit(part, { batchSize, shuffle: false });
    done += piece;
    seconds += epochs[0]!.seconds;
    curve.push([done, excess()]);
  }
  return { examples: excess() > goal ? Infinity : done, seconds, curve };
}

export const tradeoff = experiment({
  number: 3,
  name: 'tradeoff',
  title: 'The trade-off of large-scale learning',
  slides: [
    {
      title: 'Large Scale Learning',
      claim: 'where computation is the bottleneck, favour many cheap steps over few expensive ones',
    },
  ],
  question: 'How long does it take to a given expected risk, as there is more and more data?',
  formulas: ['time to R(θ) − R* ≤ ε:  gradient descent N·κ·log(1/ε),  stochastic gradient descent κ²·σ²/ε, whatever N'],
  sources: ['Bousquet & Bottou 2008, The tradeoffs of large scale learning, NIPS, table 2'],
  settings: {
    smallestN: whole('examples of the smallest dataset', { full: 4000, small: 2000, least: 1000, most: 20_000 }),
    doublings: whole('how often that is doubled', { full: 6, small: 2, least: 2, most: 7 }),
    goal: real('ε, the excess of the expected risk to be reached', {
      full: 0.03,
      small: 0.05,
      range: interval(0.01, 1),
    }),
    noise: real('standard deviation of the targets', { full: 1, range: interval(0.1, 10) }),
    repeats: whole('orders in which SGD goes through the data, of which the median counts', {
      full: 9,
      small: 3,
      most: 25,
    }),
    seed,
  },

  async run({ smallestN, doublings, goal, noise, repeats, seed }, trial) {
    const random = new Random(seed);
    const sizes = Array.from({ length: doublings + 1 }, (_, i) => smallestN * 2 ** i);
    const largest = linearExamples(sizes.at(-1)!, scales, noise, random);
    const methods = ['gradient descent', 'L-BFGS', 'minibatches of 32', 'single examples'] as const;
    const found = new Map(methods.map((method) => [method, [] as Effort[]]));
    // The gradient is 2(θᵀx − y)x, so L is twice the largest eigenvalue of E[xxᵀ]. With steps on k examples the excess
    // settles around η·σ²·tr E[xxᵀ]/k; the rate makes this at most half of ε.
    const { smoothness } = leastSquares(examplesOf(largest, smallestN));
    const trace = scales.reduce((sum, scale) => sum + scale * scale, 0);
    const rateFor = (k: number) => Math.min(1 / smoothness, (k * goal) / (2 * noise * noise * trace));
    for (const [i, n] of sizes.entries()) {
      const examples = examplesOf(largest, n);
      using data = new Dataset({ inputs: examples.inputs, columns, targets: examples.targets as Float64Array });
      const rule = gradientDescent({ learningRate: 1 / smoothness });
      found.get('gradient descent')!.push(withAll(examples, data, rule, goal));
      found.get('L-BFGS')!.push(withAll(examples, data, lbfgs(), goal));
      for (const [method, batchSize] of [
        ['minibatches of 32', 32],
        ['single examples', 1],
      ] as const) {
        const efforts: Effort[] = [];
        for (let repeat = 0; repeat < repeats; ++repeat) {
          const options = { batchSize, learningRate: rateFor(batchSize) };
          efforts.push(await withSome(examples, data, options, goal, new Random(seed + repeat)));
        }
        efforts.sort((a, b) => a.examples - b.examples);
        found.get(method)!.push(efforts[Math.floor(repeats / 2)]!);
      }
      await trial.progress((i + 1) / sizes.length);
    }
    const over = (method: (typeof methods)[number], what: 'examples' | 'seconds') =>
      found.get(method)!.map((effort, i): Point => [sizes[i]!, effort[what]]);
    const slope = (method: (typeof methods)[number]) => logLogSlope(over(method, 'examples'));
    const last = (method: (typeof methods)[number]) => found.get(method)!.at(-1)!;
    const axis = { label: 'examples N of the dataset', scale: 'log' } as const;
    const figure = (what: 'examples' | 'seconds', label: string) => ({
      x: axis,
      y: { label, scale: 'log' as const },
      marks: methods.flatMap((name) => [
        { kind: 'line' as const, name, points: over(name, what) },
        { kind: 'dots' as const, name, points: over(name, what) },
      ]),
    });
    return {
      figures: [
        {
          name: 'examples',
          title: 'What batch methods need grows with N, what SGD needs does not',
          caption: `To bring the expected risk within ε = ${goal} of the least. Medians over orders of the data.`,
          ...figure('examples', 'examples gone through'),
        },
        {
          name: 'time',
          title: 'The same in time',
          caption: 'Measured in this run, with all threads; where steps are small, their overhead counts.',
          ...figure('seconds', 'seconds'),
        },
        {
          name: 'progress',
          title: `The way down, with N = ${sizes.at(-1)!.toLocaleString('en')}`,
          caption: 'SGD arrives before batch methods have looked at the data once.',
          x: { label: 'examples gone through', scale: 'log' },
          y: { label: 'R(θ) − R*', scale: 'log' },
          marks: [
            ...methods.map((name) => ({ kind: 'line' as const, name, points: last(name).curve })),
            { kind: 'rule', axis: 'y', at: goal, name: 'ε', color: 'gray' },
          ],
        },
      ],
      checks: [
        between('gradient descent: slope of examples over N, log–log', slope('gradient descent'), 0.75, 1.25),
        between('L-BFGS: slope of examples over N, log–log', slope('L-BFGS'), 0.75, 1.25),
        between('minibatches: slope of examples over N, log–log', slope('minibatches of 32'), -0.25, 0.25),
        between('single examples: slope of examples over N, log–log', slope('single examples'), -0.25, 0.25),
        atMost(
          'with the largest N, examples that single steps need, as a share of those of L-BFGS',
          last('single examples').examples / last('L-BFGS').examples,
          0.25,
        ),
      ],
      findings: [
        `With N = ${sizes.at(-1)!.toLocaleString('en')}: ${methods.map((name) => `${name} ${shortened(last(name).examples)} examples in ${shortened(1000 * last(name).seconds)} ms`).join(', ')}.`,
      ],
    };
  },
});
