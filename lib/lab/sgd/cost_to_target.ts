import { type Dataset, Random, type Trainer } from '../../index.js';
import { median } from '../spread.js';
import { digitTrainer, loss, show } from './digit_classifier.js';

/** The cost of reaching a training loss. Infinity if it is not reached. */
export interface Cost {
  readonly examples: number;
  readonly seconds: number;
}

const never: Cost = { examples: Number.POSITIVE_INFINITY, seconds: Number.POSITIVE_INFINITY };

/** The number of passes after which a run is given up. */
const mostPasses = 200;

export interface Task {
  readonly data: Dataset;
  readonly hidden: number;
  /** The training loss to reach. */
  readonly target: number;
  /** A run for each seed, with its own initial weights and order. */
  readonly seeds: readonly number[];
}

interface Method {
  readonly batchSize: number;
  readonly learningRate: number;
}

export interface TunedCost extends Cost, Method {}

/** The cost at the best learning rate, a local optimum on a grid by factors of √2 around `learningRate`. */
export async function tunedCost(
  task: Task,
  { batchSize, learningRate }: Method,
  progress: () => Promise<void>,
): Promise<TunedCost> {
  const trial = async (learningRate: number, most: number): Promise<TunedCost> => {
    const method = { batchSize, learningRate };
    return { ...method, ...(await medianCost(task, method, most, progress)) };
  };
  const first = await trial(learningRate, Number.POSITIVE_INFINITY);
  let best = first;
  for (const factor of [Math.SQRT2, Math.SQRT1_2]) {
    for (;;) {
      const next = await trial(best.learningRate * factor, best.examples);
      if (next.examples >= best.examples) break;
      best = next;
    }
    if (best !== first) break;
  }
  return best;
}

/** The cost at a given learning rate. */
export const costAt = async (task: Task, method: Method, progress: () => Promise<void>): Promise<TunedCost> => ({
  ...method,
  ...(await medianCost(task, method, Number.POSITIVE_INFINITY, progress)),
});

/** @param most Examples after which a run is given up. */
async function medianCost(
  task: Task,
  { batchSize, learningRate }: Method,
  most: number,
  progress: () => Promise<void>,
): Promise<Cost> {
  const costs: Cost[] = [];
  for (const seed of task.seeds) {
    const trainer = digitTrainer(task.hidden, learningRate, seed);
    costs.push(await costOf(trainer, task, { batchSize, most, random: new Random(seed) }, progress));
    trainer.dispose();
  }
  return {
    examples: median(costs.map(({ examples }) => examples)),
    seconds: median(costs.map(({ seconds }) => seconds)),
  };
}

/**
 * The cost until the loss passes the target, at least one step. Examples are interpolated between evaluations, about
 * 10 % apart.
 */
async function costOf(
  trainer: Trainer,
  { data, target }: Task,
  { batchSize, most, random }: { batchSize: number; most: number; random: Random },
  progress: () => Promise<void>,
): Promise<Cost> {
  const order: number[] = [];
  let [examples, seconds] = [0, 0];
  let before = trainer.model.evaluate(data, { loss }).loss;
  while (examples < Math.min(most, mostPasses * data.rows)) {
    const count = batchSize * Math.max(1, Math.round(Math.max(100, 0.1 * examples) / batchSize));
    while (order.length < count) order.push(...random.permutation(data.rows));
    try {
      seconds += await show(trainer, data, Uint32Array.from(order.splice(0, count)), batchSize);
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_NON_FINITE') return never;
      throw error;
    }
    const after = trainer.model.evaluate(data, { loss }).loss;
    if (after <= target) {
      const share = Math.log(before / target) / Math.log(before / after);
      return { examples: Math.max(batchSize, examples + share * count), seconds };
    }
    await progress();
    before = after;
    examples += count;
  }
  return never;
}
