import { curvature, gradientDescent, lbfgs, minimize, type Random, sgd, Trainer } from '../../index.js';
import { show } from '../sgd/digit_classifier.js';
import { firstRows, learner, type Sample } from './population.js';

/** The state of a run. `examples` counts every computation of an example\'s gradient. */
export interface Reached {
  readonly examples: number;
  readonly seconds: number;
  /** The excess of the risk over the least of the class. */
  readonly excess: number;
}

/** The states of a run in the order of their examples. */
export type Course = readonly Reached[];

/** The last state within a budget. The excess is Infinity if there is none. */
export function within(course: Course, budget: number): Reached {
  let last: Reached = { examples: 0, seconds: 0, excess: Infinity };
  for (const reached of course) if (reached.examples <= budget) last = reached;
  return last;
}

/** The first state whose excess is at most `goal`. Infinite numbers if there is none. */
export const arrival = (course: Course, goal: number): Reached =>
  course.find(({ excess }) => excess <= goal) ?? { examples: Infinity, seconds: Infinity, excess: Infinity };

/** When a batch method stops. */
export interface Limits {
  readonly budget: number;
  /** Beyond the budget a run continues until its excess is at most this. */
  readonly goal: number;
  readonly evaluations: number;
}

const isDone = ({ examples, excess }: Reached, evaluations: number, limits: Limits) =>
  evaluations >= limits.evaluations || (examples >= limits.budget && excess <= limits.goal);

/** Gradient descent on the first N rows with each η = stepFactor/L, L of these rows. */
export function descents(sample: Sample, rows: number, stepFactors: readonly number[], limits: Limits): Course[] {
  using data = firstRows(sample, rows);
  const { model, excess } = learner(sample.population);
  const largest = curvature(model, data, { loss: 'squared', bottom: 0 }).top[0]!;
  return stepFactors.map((stepFactor) => {
    model.parameters.fill(0);
    const course: Reached[] = [];
    minimize(
      { model, data, loss: 'squared' },
      {
        rule: gradientDescent({ learningRate: stepFactor / largest }),
        maxSteps: limits.evaluations,
        onStep({ step, seconds }) {
          const reached = { examples: step * rows, seconds, excess: excess() }; // θ(t) takes t gradients
          course.push(reached);
          return !isDone(reached, step, limits);
        },
      },
    );
    return course;
  });
}

/**
 * L-BFGS on the first N rows, until a budget is spent or to the empirical minimum, which then is its last state.
 *
 * @param rule Another batch method that takes its place.
 */
export function quasiNewton(sample: Sample, rows: number, budget: number, rule = lbfgs()): Course {
  using data = firstRows(sample, rows);
  const { model, excess } = learner(sample.population);
  const course: Reached[] = [];
  minimize(
    { model, data, loss: 'squared' },
    {
      rule,
      tolerance: 1e-4, // R is within 10⁻⁸·κ/4 of its least
      onStep({ step, evaluations, seconds }) {
        course.push({ examples: step === 0 ? 0 : evaluations * rows, seconds, excess: excess() });
        return evaluations * rows < budget;
      },
    },
  );
  return course;
}

export interface StochasticOptions {
  readonly batchSize: number;
  readonly learningRate: number;
  /** The numbers of examples at which states are recorded: multiples of the batch size, ascending. */
  readonly stops: readonly number[];
  readonly random: Random;
}

/** SGD with a fixed step, pass after pass over the first N rows, each in another order. */
export async function stochastic(sample: Sample, rows: number, options: StochasticOptions): Promise<Course> {
  const { batchSize, learningRate, stops, random } = options;
  using data = firstRows(sample, rows);
  const { model, excess } = learner(sample.population);
  using trainer = new Trainer(model, { loss: 'squared', optimizer: sgd({ learningRate }) });
  const course: Reached[] = [{ examples: 0, seconds: 0, excess: excess() }];
  let order = random.permutation(rows);
  let [done, seconds] = [0, 0];
  for (const stop of stops) {
    const piece = new Uint32Array(stop - done);
    for (let i = 0; i < piece.length; ++i, ++done) {
      if (done > 0 && done % rows === 0) order = random.permutation(rows);
      piece[i] = order[done % rows]!;
    }
    seconds += await show(trainer, data, piece, batchSize);
    course.push({ examples: done, seconds, excess: excess() });
    if (!(excess() < 1e6)) break;
  }
  return course;
}
