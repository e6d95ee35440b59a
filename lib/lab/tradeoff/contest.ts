import { type Method, Random } from '../../index.js';
import type { Color } from '../../pages/index.js';
import { mean, median } from '../spread.js';
import { arrival, type Course, descents, type Limits, quasiNewton, stochastic, within } from './learning.js';
import type { Population, Sample } from './population.js';
import { estimationError, stochasticErrors } from './theory.js';

/** Runs of a method on the first N rows, one for each sample. */
export interface Option {
  readonly rows: number;
  /** The index of its step among those of the method, the longest first. */
  readonly step: number;
  readonly courses: Course[];
}

export interface Contender {
  readonly name: string;
  readonly color: Color;
  readonly options: Option[];
  /** Whether it takes a step after a few rows, and so can use only a part of an option\'s rows. */
  readonly isStochastic: boolean;
}

/** The best result of a method within a budget, as a mean over samples. */
export interface Best {
  readonly option: Option;
  /** The number of rows used. */
  readonly rows: number;
  /** The excess of the risk over the least of the class. */
  readonly excess: number;
}

/** The best option within a budget, among those that `allows` accepts. */
export function bestWithin(
  contender: Contender,
  budget: number,
  allows: (option: Option) => boolean = () => true,
): Best {
  const { options, isStochastic } = contender;
  const largest = Math.max(...options.map(({ rows }) => rows));
  // SGD with more rows than it can use is SGD with less than one pass, which the largest option includes.
  const isUsed = ({ rows }: Option) => (isStochastic ? rows === largest || 4 * rows <= budget : rows <= budget);
  return options
    .filter((option) => isUsed(option) && allows(option))
    .map((option) => ({ option, rows: Math.min(option.rows, budget), excess: excessWithin(option, budget) }))
    .reduce((a, b) => (b.excess < a.excess ? b : a));
}

/** The excess within a budget on a given number of rows, with the best step. */
export const excessOn = ({ options }: Contender, rows: number, budget: number): number =>
  Math.min(...options.filter((option) => option.rows === rows).map((option) => excessWithin(option, budget)));

export const excessWithin = ({ courses }: Option, budget: number): number =>
  mean(courses.map((course) => within(course, budget).excess));

/** The median cost over samples until the excess is at most `goal`, for the cheapest option. */
export function leastTo(options: readonly Option[], goal: number, what: 'examples' | 'seconds'): number {
  return Math.min(...options.map(({ courses }) => median(courses.map((course) => arrival(course, goal)[what]))));
}

/** η of SGD with k examples in each step: half of what is stable, then halved again and again. */
export function stochasticSteps({ variances }: Population, batchSize: number): number[] {
  const trace = variances.reduce((sum, variance) => sum + variance, 0);
  const longest = Math.min(1 / 2, batchSize / (4 * trace)); // the gradient is 2(θᵀx − y)x
  return Array.from({ length: 6 }, (_, i) => longest / 2 ** (batchSize === 1 ? i + 1 : i));
}

/** η · L of gradient descent. */
export const stepFactors = [1.9, 1];

/** The largest number of passes of SGD. */
export const passes = 16;

/** The number of gradients after which gradient descent ends if it has not reached the goal. */
const mostEvaluations = 2000;

/** The contenders that learn from samples of a population. */
export class Contest {
  readonly descent: Contender = { name: 'gradient descent', color: 'blue', options: [], isStochastic: false };
  readonly quasiNewton: Contender = { name: 'L-BFGS', color: 'green', options: [], isStochastic: false };
  readonly minibatches: Contender = { name: 'SGD, 32 at a time', color: 'gold', options: [], isStochastic: true };
  readonly single: Contender = { name: 'SGD, one at a time', color: 'orange', options: [], isStochastic: true };
  readonly sizes: readonly number[];
  readonly population: Population;
  readonly #goal: number;
  #expected: readonly Float64Array[] | undefined;

  /**
   * @param sizes N to choose from. The last one is the largest budget, too.
   * @param goal An excess that batch methods should reach, even beyond the budget. Default: none.
   */
  constructor(population: Population, sizes: readonly number[], goal = -Infinity) {
    this.population = population;
    this.sizes = sizes;
    this.#goal = goal;
  }

  /** In the order of their names in legends. */
  get all(): readonly Contender[] {
    return [this.descent, this.quasiNewton, this.minibatches, this.single];
  }

  /** The largest budget, which is also the number of rows of a sample. */
  get largest(): number {
    return this.sizes.at(-1)!;
  }

  /** The expected excess of SGD that sees each example once, for each of its steps, after each example. */
  get expected(): readonly Float64Array[] {
    this.#expected ??= stochasticSteps(this.population, 1).map((eta) =>
      stochasticErrors(this.population, eta, this.largest),
    );
    return this.#expected;
  }

  /** Trains by L-BFGS, or by `rule`, on the first N rows of a sample, within a budget or to the empirical minimum. */
  learnByQuasiNewton(sample: Sample, rows: number, budget: number, rule?: Method): void {
    record(this.quasiNewton, rows, 0, quasiNewton(sample, rows, budget, rule));
  }

  /** Trains by gradient descent on the first N rows of a sample with each η = stepFactor/L. */
  learnByDescent(sample: Sample, rows: number, stepFactors: readonly number[]): void {
    const affordable = this.largest / rows;
    const canArrive = estimationError(this.population, rows) <= this.#goal;
    const limits: Limits = {
      budget: this.largest,
      goal: canArrive ? this.#goal : Infinity,
      evaluations: canArrive ? Math.max(affordable, mostEvaluations) : affordable,
    };
    for (const [step, course] of descents(sample, rows, stepFactors, limits).entries())
      record(this.descent, rows, step, course);
  }

  /** Trains by SGD on the first N rows of a sample. */
  async learnInSteps(sample: Sample, batchSize: number, rows: number, seed: number): Promise<void> {
    const contender = batchSize === 1 ? this.single : this.minibatches;
    const stops = stopsUntil(Math.min(passes * rows, this.largest));
    for (const [step, learningRate] of stochasticSteps(this.population, batchSize).entries()) {
      const random = new Random(seed);
      record(contender, rows, step, await stochastic(sample, rows, { batchSize, learningRate, stops, random }));
    }
  }
}

function record({ options }: Contender, rows: number, step: number, course: Course): void {
  const option = options.find((one) => one.rows === rows && one.step === step);
  if (option) option.courses.push(course);
  else options.push({ rows, step, courses: [course] });
}

/** Multiples of 32 up to `last`, two for each doubling. */
function stopsUntil(last: number): number[] {
  const stops: number[] = [];
  for (let stop = 64; stop <= last; stop *= 2) stops.push(stop, 32 * Math.round((stop * Math.SQRT2) / 32));
  return stops.filter((stop) => stop <= last);
}
