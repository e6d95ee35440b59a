import type { FloatArray, FloatType } from '../addon/index.js';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative, positive } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { plus } from '../numbers/vectors.js';
import { dormandPrinceStep, type FlowStep } from './dormand_prince.js';
import { Evaluator, isFinitePoint, type Point } from './evaluation.js';
import type { Objective, Problem, Risk } from './problem.js';
import { readTask, type Task } from './task.js';

/**
 * Tolerance of a step's error. The error of θ_i is divided by absolute + relative · |θ_i|; the root mean square of
 * these ratios must be at most 1.
 */
export interface FlowTolerance {
  /** Default 1e-6 in float64, 1e-3 in float32. */
  relative?: number | undefined;
  /** Default 1e-9 in float64, 1e-6 in float32. */
  absolute?: number | undefined;
}

export interface GradientFlowOptions {
  /** The time at which the path ends. */
  time: number;
  /** The method. Default `'rungeKutta'`. */
  method?: 'rungeKutta' | 'euler' | undefined;
  /**
   * h, for steps of equal size; the last one may be shorter. `'euler'` requires it: it is the η of gradient descent.
   * Default with `'rungeKutta'`: as large as the tolerance allows at each step.
   */
  stepSize?: number | undefined;
  /** Tolerance of `'rungeKutta'` without `stepSize`. */
  tolerance?: FlowTolerance | undefined;
  /** Largest number of attempted steps. Default 100,000. */
  maxSteps?: number | undefined;
}

/** A path θ(t) from t = 0 on. */
export interface GradientFlow {
  /** Times of the points: 0, then the end of each step. */
  readonly times: readonly number[];
  /** θ at these times. */
  readonly thetas: readonly FloatArray[];
  readonly losses: readonly number[];
  /** Number of calls of the objective. */
  readonly evaluations: number;
  /** Number of steps that were rejected because their error was too large. */
  readonly rejected: number;
  /**
   * θ at any time of the path. Between the ends of a step it is a continuous extension of order 4, or with `'euler'`
   * linear.
   *
   * @throws RangeError `ERR_OUT_OF_RANGE` for a time outside the path.
   */
  at(time: number): FloatArray;
}

const defaults: Record<FloatType, { relative: number; absolute: number }> = {
  float64: { relative: 1e-6, absolute: 1e-9 },
  float32: { relative: 1e-3, absolute: 1e-6 },
};

/**
 * Follows the gradient flow of a function, a problem or a risk, given as to {@link minimize}. The flow is the limit of
 * gradient descent for small steps.
 *
 *     θ̇ = −∇R(θ), θ(0) = start
 *
 * The default is the Runge–Kutta method of Dormand & Prince of order 5(4), with steps as large as the tolerance allows.
 * `'euler'` is gradient descent itself, θ ← θ − h∇R(θ), with an error of O(h). The whole path is kept: each step takes
 * the memory of several θ.
 *
 * @example
 * const flow = gradientFlow(problem, { time: 10 });
 * flow.at(2.5); // θ there
 *
 * @throws The errors of {@link minimize}; RangeError `ERR_OUT_OF_RANGE` if `maxSteps` does not suffice (the flow may be
 *   stiff), or if no step is short enough for the tolerance; GlissadeError `ERR_NON_FINITE` if numbers cease to be
 *   finite.
 * @see Dormand & Prince 1980, https://doi.org/10.1016/0771-050X(80)90013-3; Hairer, Nørsett & Wanner 1993, Solving
 *   Ordinary Differential Equations I, II.4 to II.6
 */
export function gradientFlow(
  objective: Objective,
  start: FloatArray | readonly number[],
  options: GradientFlowOptions,
): GradientFlow;
/** @param options.start The initial θ, for a problem only. Default: the problem's. */
export function gradientFlow(
  problem: Problem | Risk,
  options: GradientFlowOptions & { start?: FloatArray | readonly number[] | undefined },
): GradientFlow;
export function gradientFlow(target: Objective | Problem | Risk, ...rest: readonly unknown[]): GradientFlow {
  const { task, options } = readTask('gradientFlow', target, rest);
  const settings = readOptions(options as GradientFlowOptions, task);
  const evaluator = new Evaluator(task.objective);
  let at: Point | undefined;
  try {
    at = evaluator.atStart(task.start);
    const times = [0];
    const points = [at];
    const betweens: FlowStep['between'][] = [];
    let rejected = 0;
    for (const leg of settings.stepSize === undefined
      ? adaptiveLegs(evaluator, at, settings)
      : equalLegs(evaluator, at, settings, settings.stepSize)) {
      if (leg === 'rejected') rejected += 1;
      else {
        at = leg.to;
        times.push(leg.time);
        points.push(at);
        betweens.push(leg.between);
      }
    }
    return {
      times,
      thetas: points.map(({ theta }) => theta),
      losses: points.map(({ loss }) => loss),
      evaluations: evaluator.count,
      rejected,
      at(time) {
        checkNumber('time', time, {
          expected: `a number from 0 to ${settings.time}`,
          allows: (t) => t >= 0 && t <= settings.time,
        });
        const after = firstAfter(times, time);
        if (after === times.length) return points.at(-1)!.theta.slice();
        const [begin, end] = [times[after - 1]!, times[after]!];
        return betweens[after - 1]!((time - begin) / (end - begin));
      },
    };
  } finally {
    task.settle(at?.theta ?? task.start);
  }
}

function readOptions(options: GradientFlowOptions, { type }: Task) {
  checkOptions('gradientFlow', options, ['time', 'method', 'stepSize', 'tolerance', 'maxSteps']);
  const method = checkOneOf('method', orDefault(options.method, 'rungeKutta'), ['rungeKutta', 'euler']);
  const { stepSize } = options;
  if (stepSize !== undefined) checkNumber('stepSize', stepSize, positive);
  else if (method === 'euler') throw errorWith('ERR_INVALID_ARGUMENT', 'gradientFlow: "euler" needs a stepSize');
  if (options.tolerance !== undefined && stepSize !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', 'gradientFlow: tolerance is for steps without a stepSize');
  const tolerance = orDefault(options.tolerance, {});
  checkOptions('gradientFlow.tolerance', tolerance, ['relative', 'absolute']);
  return {
    time: checkNumber('time', options.time, positive),
    method,
    stepSize,
    relative: checkNumber('tolerance.relative', orDefault(tolerance.relative, defaults[type].relative), nonNegative),
    absolute: checkNumber('tolerance.absolute', orDefault(tolerance.absolute, defaults[type].absolute), positive),
    maxSteps: checkInteger('maxSteps', orDefault(options.maxSteps, 100_000), 1),
  };
}

type Settings = ReturnType<typeof readOptions>;

/** An accepted step, and the time of its end. */
interface Leg extends FlowStep {
  readonly time: number;
}

function eulerStep(evaluator: Evaluator, from: Point, h: number): FlowStep {
  return {
    to: evaluator.at(plus(from.theta, -h, from.gradient)),
    between: (share) => plus(from.theta, -h * share, from.gradient),
  };
}

/** Relative differences of times below this are rounding. */
const rounding = 2 ** -40;

function* equalLegs(
  evaluator: Evaluator,
  start: Point,
  { method, time, maxSteps }: Settings,
  size: number,
): Generator<Leg> {
  const take = method === 'euler' ? eulerStep : dormandPrinceStep;
  const steps = Math.ceil((time / size) * (1 - rounding));
  if (steps > maxSteps)
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `gradientFlow: from 0 to ${time} there are ${steps} steps of ${size}, but maxSteps is ${maxSteps}`,
    );
  let at = start;
  for (let i = 1; i <= steps; ++i) {
    const begin = (i - 1) * size;
    const isCut = i * size > time * (1 + rounding);
    const step = take(evaluator, at, isCut ? time - begin : size);
    if (!isFinitePoint(step.to)) throw escapeAfter(begin, size);
    at = step.to;
    yield { ...step, time: i === steps ? time : i * size };
  }
}

/**
 * Steps as large as the tolerance allows, by a PI controller (Hairer & Wanner 1996, Solving Ordinary Differential
 * Equations II, IV.2).
 */
function* adaptiveLegs(evaluator: Evaluator, start: Point, settings: Settings): Generator<Leg | 'rejected'> {
  const { time, maxSteps } = settings;
  const [safety, shrinking, growing] = [0.9, 0.2, 10];
  const [proportional, integral] = [0.04, 0.17]; // β and 1/5 − ¾β
  let [at, now, h] = [start, 0, firstSize(evaluator, start, settings)];
  let errorBefore = 1e-4;
  let most = growing;
  for (let steps = 0; now < time; ++steps) {
    if (steps >= maxSteps)
      throw errorWith(
        'ERR_OUT_OF_RANGE',
        `gradientFlow has reached time ${now} of ${time} in ${steps} steps: it is stiff, or long. Try more maxSteps, a looser tolerance or an earlier end`,
      );
    const isLast = now + h >= time;
    const size = isLast ? time - now : h;
    const step = dormandPrinceStep(evaluator, at, size);
    const error = isFinitePoint(step.to) ? ratioOf(step.error, at, step.to, settings) : Infinity;
    if (error <= 1) {
      at = step.to;
      now = isLast ? time : now + size;
      h = size * Math.min(most, Math.max(shrinking, (safety * errorBefore ** proportional) / error ** integral));
      errorBefore = Math.max(error, 1e-4);
      most = growing;
      yield { ...step, time: now };
    } else {
      h = size * Math.max(shrinking, safety / error ** 0.2);
      most = 1;
      if (now + h === now) throw Number.isFinite(error) ? tooFine(now) : escapeAfter(now, size);
      yield 'rejected';
    }
  }
}

/** Root mean square of the ratios of errors to tolerances. */
function ratioOf(error: FloatArray, from: Point, to: Point, { absolute, relative }: Settings): number {
  let sum = 0;
  for (let i = 0; i < error.length; ++i)
    sum += (error[i]! / (absolute + relative * Math.max(Math.abs(from.theta[i]!), Math.abs(to.theta[i]!)))) ** 2;
  return Math.sqrt(sum / error.length);
}

/** Size of the first step, from the gradient and its change (Hairer, Nørsett & Wanner 1993, II.4). */
function firstSize(evaluator: Evaluator, start: Point, settings: Settings): number {
  const size = (vector: FloatArray) => ratioOf(vector, start, start, settings);
  const [d0, d1] = [size(start.theta), size(start.gradient)];
  const small = Math.min(settings.time, d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : (0.01 * d0) / d1);
  const { gradient } = evaluator.at(plus(start.theta, -small, start.gradient));
  const steepest = Math.max(d1, size(plus(gradient, -1, start.gradient)) / small);
  if (!Number.isFinite(steepest)) return small;
  return Math.min(100 * small, steepest <= 1e-15 ? Math.max(1e-6, small * 1e-3) : (0.01 / steepest) ** 0.2);
}

const escapeAfter = (now: number, size: number): Error =>
  errorWith(
    'ERR_NON_FINITE',
    `gradientFlow: a loss, a gradient or theta is not finite after time ${now}, with steps of ${size}`,
  );

const tooFine = (now: number): Error =>
  errorWith(
    'ERR_OUT_OF_RANGE',
    `gradientFlow: no step after time ${now} is short enough for the tolerance: theta diverges there, or the gradient jumps or is noisy`,
  );

/** Index of the first of the ascending `times` that is after `time`. */
function firstAfter(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
