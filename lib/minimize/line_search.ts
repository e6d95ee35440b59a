import type { FloatArray } from '../addon/index.js';
import { typeOf } from '../numbers/memory.js';
import { dot, plus } from '../numbers/vectors.js';
import type { WolfeOptions } from '../optimizers/line_search.js';
import type { Rule } from '../optimizers/rule.js';
import { type Evaluator, isFinitePoint, type Point } from './evaluation.js';

/** A point θ + αp on a ray, with φ(α) = R(θ + αp) as `loss` and φ′(α) as `slope`. */
export interface Trial extends Point {
  /** α. */
  readonly step: number;
  readonly slope: number;
}

/** Evaluations of one search, at most. */
const mostTrials = 30;

/**
 * From one trial to the next a step grows tenfold at most; after so many trials, each time ten times more than the time before, so that a
 * function without a least value is found out.
 */
const patience = 4;

/** What sums of many terms may be off by, in units of the last place. */
const noisePlaces = 256;

/** The ray from a point along a direction, which must lead downhill. */
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

/** Which steps are accepted. */
interface Conditions {
  /** Whether a trial decreases R sufficiently. */
  decreases(trial: Trial): boolean;
  /** Whether a trial's slope is small enough. */
  flattens(trial: Trial): boolean;
  /** Whether two losses differ by no more than rounding. */
  areLevel(a: Trial, b: Trial): boolean;
}

/**
 * The conditions of Wolfe. Where losses differ by no more than rounding, slopes tell whether they decrease, as in the "approximate Wolfe
 * conditions" of Hager & Zhang (2005, https://doi.org/10.1137/030601880): close to a minimum no search could go on otherwise.
 */
function conditionsOf(from: Trial, { sufficientDecrease, curvature = 0.9 }: Rule & WolfeOptions): Conditions {
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

/** The minimiser of the cubic with two values and two slopes; NaN where it has none (Nocedal & Wright 2006, equation 3.59). */
function cubicMinimiser(a: Trial, b: Trial): number {
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.step - b.step);
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.step - ((b.step - a.step) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
}

/** Where the line through two slopes is 0. */
const secant = (a: Trial, b: Trial): number => b.step - (b.slope * (b.step - a.step)) / (b.slope - a.slope);

/** A number held inside [low, high]; the middle where it is none. */
const within = (low: number, high: number, x: number): number =>
  Number.isNaN(x) ? (low + high) / 2 : Math.min(high, Math.max(low, x));

/** Whether a function fell without bound on the way. */
const isBottomless = ({ loss }: Trial): boolean => loss === -Infinity;

/**
 * Steps that shrink until the decrease is sufficient (Nocedal & Wright 2006, algorithm 3.1, with the interpolation of 3.5).
 *
 * @returns Nothing where none was found.
 */
export function armijo(ray: Ray, first: number, rule: Rule): Trial | undefined {
  const { from } = ray;
  const conditions = conditionsOf(from, rule);
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
 * A step that fulfils the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6): first an interval that holds one is
 * sought, then it is narrowed. `low` is the best point so far that decreases sufficiently; `high`, once it is there, lies on the other
 * side of such a step.
 *
 * @returns At worst a step that decreases R, where evaluations ran out; nothing where there is none of these either.
 */
export function wolfe(ray: Ray, first: number, rule: Rule): Trial | undefined {
  const { from } = ray;
  const conditions = conditionsOf(from, rule);
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

/** A step between two, and not too close to either. */
function inside(low: Trial, high: Trial, conditions: Conditions): number {
  if (!isFinitePoint(high)) return low.step + 0.1 * (high.step - low.step);
  const best = conditions.areLevel(low, high) ? secant(low, high) : cubicMinimiser(low, high);
  const margin = 0.1 * Math.abs(high.step - low.step);
  const [left, right] = low.step < high.step ? [low.step, high.step] : [high.step, low.step];
  return within(left + margin, right - margin, best);
}

/** A step that goes on from the first to the second of two, as far as a cubic has its minimum there, or else as far as it may. */
function beyond(before: Trial, low: Trial, growth: number): number {
  const most = growth * low.step;
  const best = cubicMinimiser(before, low);
  return best > low.step ? within(1.1 * low.step, most, best) : most;
}

export const searches = { armijo, wolfe } as const;

/** The first step of a first search, where nothing is known: the gradient's own length, or 1 where that is longer. */
export const cautious = ({ gradientNorm }: Point): number => Math.min(1, 1 / gradientNorm);
