import type { Dataset } from '../../data/dataset.js';
import type { Random } from '../../numbers/random.js';
import type { Color, Dots, Line, Point } from '../../pages/figure.js';
import { atLeast, atMost, shortened } from '../check.js';
import type { Outcome } from '../outcome.js';
import type { Trial } from '../trial.js';
import { type TunedCost, tunedCost } from './cost_to_target.js';

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

/** Measures the examples, steps and seconds to a training loss with each batch size, at its best learning rate. */
export async function batchSizes(options: Options, trial: Trial): Promise<Outcome> {
  const { training, hidden, target, largest, trials, random } = options;
  const count = Math.floor(Math.log2(Math.min(largest, training.rows))) + 1;
  const sizes = Array.from({ length: count }, (_, i) => 2 ** i);
  const data = training.select(random.permutation(training.rows).subarray(0, sizes.at(-1)));
  const seeds = Array.from({ length: trials }, () => random.index(2 ** 31));
  const tuned: TunedCost[] = [];
  for (const [i, batchSize] of sizes.entries()) {
    const learningRate = tuned.at(-1)?.learningRate ?? 0.02;
    const task = { data, hidden, target, seeds };
    tuned.push(await tunedCost(task, { batchSize, learningRate }, () => trial.progress(i / sizes.length)));
  }
  data.dispose();

  const examples = tuned.map(({ batchSize, examples }): Point => [batchSize, examples]);
  const steps = examples.map(([k, count]): Point => [k, count / k]);
  const milliseconds = tuned.map(({ batchSize, seconds }): Point => [batchSize, 1000 * seconds]);
  const ofOne = examples[0]![1];
  const least = Math.min(...examples.map(([, count]) => count));
  const most = examples.at(-1)![1];
  const fastest = tuned.reduce((best, next) => (next.seconds < best.seconds ? next : best));
  const shown = (value: number) => shortened(Number(value.toPrecision(2)));
  const goal = `training loss ${shortened(target)}`;
  return {
    figures: [
      {
        name: 'batch-size',
        title: 'Up to a critical size, larger minibatches cost no more; beyond, they hardly save steps',
        caption: `What it takes to reach a ${goal} on ${data.rows} digits, the last k being all of them, with the best of many learning rates for each k: median of ${trials} runs.`,
        x: { label: 'minibatch size k', scale: 'log' },
        y: { label: 'count', scale: 'log' },
        marks: [
          ...curve('examples backpropagated', 'blue', examples),
          ...curve('steps', 'orange', steps),
          {
            kind: 'line',
            name: 'steps ∝ 1/k',
            style: 'dotted',
            color: 'gray',
            points: sizes.map((k): Point => [k, ofOne / k]),
          },
          {
            kind: 'line',
            name: `examples ∝ 1 + k/k*, k* = ${shown(critical(examples))}`,
            style: 'dashed',
            color: 'gray',
            points: sizes.map((k): Point => [k, least * (1 + k / critical(examples))]),
          },
        ],
      },
      {
        name: 'time',
        title: 'In time, minibatches of some size win',
        caption: `Time of the steps that lead to a ${goal}, as measured in this run: it depends on the machine, and no check is about it.`,
        x: { label: 'minibatch size k', scale: 'log' },
        y: { label: 'time of the steps in ms', scale: 'log' },
        marks: curve('measured', 'green', milliseconds),
      },
    ],
    checks: [
      atMost('k = 1 needs hardly more examples than the best k: the ratio', ofOne / least, 1.2),
      atLeast(`k = ${sizes.at(-1)} needs so many times the examples of k = 1`, most / ofOne, 2),
      atLeast(
        `k = ${sizes.at(-1)} needs so many times fewer steps, one after the other, than k = 1`,
        ofOne / steps.at(-1)![1],
        4,
      ),
    ],
    findings: [
      `To a ${goal}, single examples take ${shown(ofOne)} backpropagations in as many steps; minibatches of ${sizes.at(-1)} take ${shown(most)}, in ${shown(steps.at(-1)![1])} steps.`,
      `On this machine, now, k = ${fastest.batchSize} was the fastest: ${shown(1000 * fastest.seconds)} ms, against ${shown(1000 * tuned[0]!.seconds)} ms with k = 1.`,
    ],
  };
}

/** A line through points, which are drawn as dots. */
const curve = (name: string, color: Color, points: readonly Point[]): [Line, Dots] => [
  { kind: 'line', name, color, points },
  { kind: 'dots', color, points: points.filter(([, y]) => Number.isFinite(y)) },
];

/**
 * k* from the examples of the largest k, if examples ∝ 1 + k/k*: the trade-off (S/S₀ − 1)(E/E₀ − 1) = 1 of steps S and
 * examples E = kS (McCandlish, Kaplan & Amodei 2018, arXiv:1812.06162).
 */
function critical(examples: readonly Point[]): number {
  const [k, most] = examples.at(-1)!;
  const least = Math.min(...examples.map(([, count]) => count));
  return k / (most / least - 1);
}
