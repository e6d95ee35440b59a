import type { Average } from '../../lib/optimizers/average';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Clip, OptimizerOptions } from '../../lib/optimizers/plan';
import type { Hyperparameter, Rule } from '../../lib/optimizers/rule';
import { range } from './numbers';

export interface Shaped {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

type Arrays = Float64Array<ArrayBufferLike>[];

const at = (value: Hyperparameter, step: number): number => (typeof value === 'function' ? value(step) : value);
const squares = (numbers: Iterable<number>): number => [...numbers].reduce((sum, x) => sum + x * x, 0);
export const normOf = (arrays: readonly Iterable<number>[]): number =>
  Math.sqrt(arrays.reduce((sum, array) => sum + squares(array), 0));

/** The elements of each unit of adaptive clipping: columns or rows of a matrix, or all of a vector. */
function unitsOf(shape: readonly number[], by: 'columns' | 'rows'): number[][] {
  if (shape.length < 2) return [range(shape[0]!)];
  const [rows, columns] = shape as [number, number];
  return by === 'rows'
    ? range(rows).map((row) => range(columns).map((column) => row * columns + column))
    : range(columns).map((column) => range(rows).map((row) => row * columns + column));
}

/** Gradients after clipping, in step 0, 1, …. */
export function clipped(clip: Clip, gradients: Arrays, parameters: readonly Shaped[], step: number): Arrays {
  if ('value' in clip) {
    const limit = at(clip.value, step);
    return gradients.map((gradient) => gradient.map((g) => Math.max(-limit, Math.min(limit, g))));
  }
  if ('norm' in clip) {
    const factor = Math.min(1, at(clip.norm, step) / normOf(gradients));
    return gradients.map((gradient) => gradient.map((g) => g * factor));
  }
  const { adaptive, epsilon = 1e-3, units = 'columns' } = clip;
  return gradients.map((gradient, i) => {
    const { data, shape } = parameters[i]!;
    const shortened = gradient.slice();
    for (const unit of unitsOf(shape, units)) {
      const limit = at(adaptive, step) * Math.max(epsilon, Math.sqrt(squares(unit.map((k) => data[k]!))));
      const norm = Math.sqrt(squares(unit.map((k) => gradient[k]!)));
      if (norm > limit) for (const k of unit) shortened[k]! *= limit / norm;
    }
    return shortened;
  });
}

/** The average of the points after steps 1, 2, …, computed from all of them at once. */
export function averageOf(average: Average, points: readonly Arrays[]): Arrays {
  const last = points.length;
  const weightOf = (t: number): number => {
    if (average.name === 'ema') return average.decay ** (last - t);
    if (t < average.start) return 0;
    return average.name === 'polyak' || (t - average.start) % average.every === 0 ? 1 : 0;
  };
  const weights = points.map((_, i) => weightOf(i + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) return points.at(-1)!;
  return points[0]!.map((array, k) =>
    array.map((_, i) => points.reduce((sum, point, s) => sum + weights[s]! * point[k]![i]!, 0) / total),
  );
}

/**
 * Plain reference for wrappers and options of a rule, in double precision: an optimizer of the rule alone, which
 * receives modified gradients and whose parameters are modified after its steps.
 */
export class Composition {
  readonly parameters: Arrays;
  readonly #all: readonly Shaped[];
  /** Indices of the arrays that are not frozen. */
  readonly #moving: readonly number[];
  readonly #options: OptimizerOptions;
  readonly #bare: Optimizer;
  readonly #sign: number;
  readonly #lookahead: { steps: number; alpha: number } | undefined;
  readonly #radius: Hyperparameter | undefined;
  #slow: Arrays;
  #waiting: Arrays[] = [];
  #points: Arrays[] = [];
  skipped = 0;
  gradientNorm: number | undefined;

  constructor(parameters: readonly Shaped[], rule: Rule, options: OptimizerOptions, frozen: readonly number[] = []) {
    let inner = rule;
    for (; inner.rule !== undefined; inner = inner.rule as Rule) {
      if (inner.name === 'sam') this.#radius = inner.radius as Hyperparameter;
      else this.#lookahead = inner as unknown as { steps: number; alpha: number };
    }
    this.#all = parameters;
    this.parameters = parameters.map(({ data }) => data);
    this.#moving = range(parameters.length).filter((i) => !frozen.includes(i));
    this.#options = options;
    this.#bare = new Optimizer(this.#of(parameters), inner);
    this.#sign = options.maximize && inner.maximize !== true ? -1 : 1;
    this.#slow = this.#of(this.parameters).map((array) => array.slice());
  }

  get steps(): number {
    return this.#bare.steps;
  }

  /** The gradient points of the rule. For `sam` with gradients given, the points at distance `radius` along these. */
  gradientPoints(gradients?: Arrays): Arrays {
    const ahead = [...this.parameters];
    for (const [k, point] of this.#bare.gradientPoints().entries()) ahead[this.#moving[k]!] = point as Float64Array;
    if (!gradients) return ahead;
    const climbs = this.#options.maximize || this.#bare.rule.maximize === true;
    const distance = ((climbs ? -1 : 1) * at(this.#radius!, this.steps)) / normOf(this.#of(gradients));
    return ahead.map((array, i) =>
      this.#moving.includes(i) ? array.map((x, k) => x + distance * gradients[i]![k]!) : array,
    );
  }

  step(given: Arrays): boolean {
    const { accumulate = 1, clip, average, onNonFinite } = this.#options;
    const gradients = this.#of(given);
    if (onNonFinite === 'skip' && !gradients.every((gradient) => gradient.every(Number.isFinite))) {
      this.skipped += 1;
      return false;
    }
    this.#waiting.push(gradients);
    if (this.#waiting.length < accumulate) return false;
    let mean: Arrays = gradients.map((gradient, k) =>
      gradient.map((_, i) => this.#waiting.reduce((sum, one) => sum + one[k]![i]!, 0) / accumulate),
    );
    this.#waiting = [];
    this.gradientNorm = normOf(mean);
    if (clip) mean = clipped(clip, mean, this.#of(this.#all), this.steps);
    this.#bare.step(mean.map((gradient) => gradient.map((g) => this.#sign * g)));
    const theta: Arrays = this.#of(this.parameters);
    if (this.#lookahead && this.steps % this.#lookahead.steps === 0) {
      const { alpha } = this.#lookahead;
      this.#slow = this.#slow.map((slow, k) => slow.map((x, i) => x + alpha * (theta[k]![i]! - x)));
      for (const [k, array] of theta.entries()) array.set(this.#slow[k]!);
    }
    if (average) this.#points.push(theta.map((array) => array.slice()));
    return true;
  }

  evaluationParameters(): Arrays {
    const { average } = this.#options;
    const moving =
      average && this.#points.length > 0 ? averageOf(average, this.#points) : this.#bare.evaluationParameters();
    const points = [...this.parameters];
    for (const [k, point] of moving.entries()) points[this.#moving[k]!] = point as Float64Array;
    return points;
  }

  #of<T>(list: readonly T[]): T[] {
    return this.#moving.map((i) => list[i]!);
  }
}
