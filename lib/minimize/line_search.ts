import type { FloatArray } from '../addon/index.js';
import { typeOf } from '../numbers/memory.js';
import { dot, plus } from '../numbers/vectors.js';
import type { WolfeOptions } from '../optimizers/line_search.js';
import type { Method } from '../optimizers/rule.js';
import { type Evaluator, isFinitePoint, type Point } from './evaluation.js';

/** A point θ + αp on a ray, with φ(α) = R(θ + αp) as `loss` and φ′(α) as `slope`. */
export interface Trial extends Point {
  /** α. */
  readonly step: number;
  readonly slope: number;
}

/** Largest number of evaluations in one search. */
const mostTrials = 30;

/**
 * Number of trials in which a step grows at most tenfold. Later ones multiply the factor itself by 10 each time, so
 * that a function without a minimum soon overflows.
 */
const patience = 4;

/** Assumed error of a loss, a sum of many terms, in units of the last place. */
const noisePlaces = 256;

/** A ray from a point along a direction, along which R must decrease. */
export interface Ray {
  readonly from: Trial;
  at(step: number): Trial;
}

export function rayFrom(evaluator: Evaluator, point: Point, direction: FloatArray): Ray {
  return {
    from: { ...point, step: 0, slope: dot(point.gradient, direction) },
    at(step) {
      const trial = evaluator.at(plus(point.theta, step, direction));
      return { ...trial, step, slope: dot(trial.gradient, direction) };
    },
  };
}

/** Conditions on steps. */
interface Conditions {
  decreases(trial: Trial): boolean;
  flattens(trial: Trial): boolean;
  /** Whether two losses differ by rounding only. */
  areLevel(a: Trial, b: Trial): boolean;
}

/**
 * Wolfe's conditions. If losses differ by rounding only, slopes decide whether R decreases, as in the "approximate
 * Wolfe conditions" of Hager & Zhang (2005, https://doi.org/10.1137/030601880). Otherwise no search could succeed close
 * to a minimum.
 */
function conditionsOf(from: Trial, { sufficientDecrease, curvature = 0.9 }: Method & WolfeOptions): Conditions {
  const c1 = sufficientDecrease!;
  const lastPlace = typeOf(from.theta) === 'float64' ? 2 ** -52 : 2 ** -23;
  const noise = noisePlaces * lastPlace * Math.abs(from.loss);
  const areLevel = (a: Trial, b: Trial) => Math.abs(a.loss - b.loss) <= noise;
  return {
    areLevel,
    flattens: ({ slope }) => Math.abs(slope) <= curvature * Math.abs(from.slope),
    decreases: (trial) =>
      trial.loss <= from.loss + c1 * trial.step * from.slope ||
      (areLevel(trial, from) && trial.slope <= (2 * c1 - 1) * from.slope),
  };
}

/**
 * Minimiser of the cubic with two values and two slopes; NaN if there is none (Nocedal & Wright 2006, equation 3.59).
 */
function cubicMinimiser(a: Trial, b: Trial): number {
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.step - b.step);
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.step - ((b.step - a.step) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
}

/** Zero of the line through two slopes. */
const secant = (a: Trial, b: Trial): number => b.step - (b.slope * (b.step - a.step)) / (b.slope - a.slope);

/** x clamped to [low, high]; the middle if x is NaN. */
const within = (low: number, high: number, x: number): number =>
  Number.isNaN(x) ? (low + high) / 2 : Math.min(high, Math.max(low, x));

const isBottomless = ({ loss }: Trial): boolean => loss === -Infinity;

/**
 * Backtracking: steps shrink until the decrease is sufficient (Nocedal & Wright 2006, algorithm 3.1 with the
 * interpolation of 3.5).
 *
 * @returns The accepted trial; undefined if there is none.
 */
export function armijo(ray: Ray, first: number, method: Method): Trial | undefined {
  const { from } = ray;
  const conditions = conditionsOf(from, method);
  if (!(from.slope < 0)) return undefined;
  let step = first;
  for (let trials = 0; trials < mostTrials; ++trials) {
    const trial = ray.at(step);
    if (isBottomless(trial)) return trial;
    const isAccepted = conditions.decreases(trial) && (trial.loss < from.loss || conditions.flattens(trial));
    if (isAccepted && isFinitePoint(trial)) return trial;
    step = within(0.1 * step, 0.5 * step, cubicMinimiser(from, trial));
  }
}

/**
 * Finds a step that satisfies the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6). It first
 * searches an interval that contains one, then narrows it. `low` is the best point so far with a sufficient decrease;
 * `high`, once it is set, is the other end of the interval.
 *
 * @returns The accepted trial. After `mostTrials` evaluations, the best trial that decreases R; undefined if there is
 *   none.
 */
export function wolfe(ray: Ray, first: number, method: Method): Trial | undefined {
  const { from } = ray;
  const conditions = conditionsOf(from, method);
  if (!(from.slope < 0)) return undefined;
  let low = from;
  let high: Trial | undefined;
  let [step, growth] = [first, 10];
  for (let trials = 0; trials < mostTrials; ++trials) {
    const trial = ray.at(step);
    if (isBottomless(trial)) return trial;
    const before = low;
    if (
      !isFinitePoint(trial) ||
      !conditions.decreases(trial) ||
      (trial.loss >= low.loss && !conditions.areLevel(trial, low))
    )
      high = trial;
    else if (conditions.flattens(trial)) return trial;
    else {
      if (trial.slope * ((high?.step ?? Infinity) - low.step) >= 0) high = low;
      low = trial;
    }
    if (high) step = inside(low, high, conditions);
    else {
      step = trials < patience ? beyond(before, low, growth) : growth * low.step;
      if (trials >= patience) growth *= 10;
    }
  }
  return low.loss < from.loss ? low : undefined;
}

/** A step inside an interval, not too close to its ends. */
function inside(low: Trial, high: Trial, conditions: Conditions): number {
  if (!isFinitePoint(high)) return low.step + 0.1 * (high.step - low.step);
  const best = conditions.areLevel(low, high) ? secant(low, high) : cubicMinimiser(low, high);
  const margin = 0.1 * Math.abs(high.step - low.step);
  const [left, right] = low.step < high.step ? [low.step, high.step] : [high.step, low.step];
  return within(left + margin, right - margin, best);
}

/** A longer step: the minimum of the cubic through two trials if it lies beyond `low`, else the longest allowed one. */
function beyond(before: Trial, low: Trial, growth: number): number {
  const most = growth * low.step;
  const best = cubicMinimiser(before, low);
  return best > low.step ? within(1.1 * low.step, most, best) : most;
}

export const searches = { armijo, wolfe } as const;

/** First step of a first search: α = min(1, 1/‖∇R‖), which moves θ along −∇R by 1 at most. */
export const cautious = ({ gradientNorm }: Point): number => Math.min(1, 1 / gradientNorm);
