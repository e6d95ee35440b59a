import type { FloatArray } from '../addon/index.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative, type Range } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { distance } from '../numbers/vectors.js';
import { lbfgs } from '../optimizers/lbfgs.js';
import { type OptimizerOptions, optimizerOptions } from '../optimizers/plan.js';
import { checkRuleOrMethod, isMethod, type Method, type Rule } from '../optimizers/rule.js';
import { acceleratedSteps } from './accelerated.js';
import { Evaluator, isFinitePoint, type Point } from './evaluation.js';
import { gradientDescentSteps } from './gradient_descent.js';
import { lbfgsSteps } from './lbfgs.js';
import type { MethodStart, Steps } from './method.js';
import type { Objective, Problem, Risk } from './problem.js';
import { readTask, type Task } from './task.js';
import { updateRuleSteps } from './update_rule.js';

/** A point of a run: the start, or the result of a step. */
export interface MinimizeReport {
  /** Number of steps so far. */
  step: number;
  loss: number;
  gradientNorm: number;
  /** A new array for each report. Don't write to it. */
  theta: FloatArray;
  /** Number of calls of the objective so far. */
  evaluations: number;
  seconds: number;
}

/** Options of {@link minimize}. Those of update rules (`clip`, `average`, …) are not for full-batch methods. */
export interface MinimizeOptions extends Omit<OptimizerOptions, 'onNonFinite' | 'sparse'> {
  /**
   * A full-batch method (`lbfgs()`, `gradientDescent(…)`, `accelerated(…)`) or any update rule, whose schedules count
   * steps. Default `lbfgs()`.
   */
  rule?: Rule | Method | undefined;
  /** Largest number of steps. Default 1000. */
  maxSteps?: number | undefined;
  /**
   * Ends when ‖∇R(θ)‖ is at most this. Default 1e-8 in float64, and 1e-4 in float32, where rounding generally prevents
   * less.
   */
  tolerance?: number | undefined;
  /** Ends when a step moves θ by at most this. Default 0: never. */
  stepTolerance?: number | undefined;
  /** Ends after the first step beyond this time. Default Infinity. */
  maxSeconds?: number | undefined;
  /** Whether the result contains all points. Default false. */
  trajectory?: boolean | undefined;
  /** Called at the start and after each step. Returning false ends the run. */
  onStep?: ((report: MinimizeReport) => unknown) | undefined;
  /**
   * What to do if a loss, a gradient or θ is not finite after a step: throw `ERR_NON_FINITE`, or end as `'diverged'`
   * with the point before. Default `'throw'`.
   */
  onNonFinite?: 'throw' | 'stop' | undefined;
}

/** All points of a run, the start included. */
export interface Trajectory {
  readonly thetas: readonly FloatArray[];
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  readonly evaluations: readonly number[];
  readonly seconds: readonly number[];
}

/** The last point of a run. */
export interface Minimum {
  theta: FloatArray;
  loss: number;
  gradient: FloatArray;
  gradientNorm: number;
  steps: number;
  /** Number of calls of the objective. */
  evaluations: number;
  seconds: number;
  /**
   * Why the run ended. `'converged'`: `tolerance` or `stepTolerance` was met. `'stopped'`: `onStep` returned false.
   * `'diverged'`: a number was not finite. `'lineSearchFailed'`: no step along the gradient lowers the loss, because it
   * is as small as rounding allows, or because the gradient is wrong.
   */
  status: 'converged' | 'maxSteps' | 'maxSeconds' | 'stopped' | 'diverged' | 'lineSearchFailed';
  /** All points, with `trajectory: true`. */
  trajectory?: Trajectory;
}

const own = ['rule', 'maxSteps', 'tolerance', 'stepTolerance', 'maxSeconds', 'trajectory', 'onStep'] as const;
const ofRules = optimizerOptions.filter((name) => name !== 'onNonFinite' && name !== 'sparse'); // gradients are dense
const duration: Range = { expected: 'a number > 0', allows: (x) => x > 0 };

const methods: Record<Method['name'], (start: MethodStart) => Steps> = {
  gradientDescent: gradientDescentSteps,
  accelerated: acceleratedSteps,
  lbfgs: lbfgsSteps,
};

/**
 * Minimises a function of your own, a problem, or a model's mean loss over a dataset, by a full-batch method or any
 * update rule. The call returns at the end. It runs on the calling thread; a model's gradients use all threads.
 *
 * - An objective begins at `start`, which is copied. Its type is that of the run; numbers make a Float64Array.
 * - A problem begins at `problem.start`, in float64, unless the option `start` says otherwise.
 * - A risk begins at `model.parameters`, in the model's type. During the run these are the trial points, and at the end
 *   the result, or the last finite θ if the run fails. The model runs as in `evaluate`. Statistics of batchNorm don't
 *   change, and weight decay does not apply to biases, as in `fit`.
 *
 * A step of an update rule is that of `Optimizer` with the gradient at θ, or at the gradient point of `sam` or
 * `nesterov`. If the rule or `average` has an evaluation point, that is the result. `reduceOnPlateau` observes the loss
 * after each step. With `accumulate`, a step takes several gradients, for objectives that draw minibatches.
 *
 * @example
 * const { theta, status } = minimize(([x, y], gradient) => {
 *   const [a, b] = [1 - x, y - x * x];
 *   gradient[0] = -2 * a - 400 * x * b;
 *   gradient[1] = 200 * b;
 *   return a * a + 100 * b * b;
 * }, [-1.2, 1]);
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` or `ERR_SHAPE` for arguments that don't fit,
 *   or if the objective returns neither a number nor `{ loss, gradient }` of the length of θ; GlissadeError
 *   `ERR_NON_FINITE` if the loss or the gradient is not finite at the start, or after a step (see `onNonFinite`);
 *   `ERR_BUSY` during a run of the model. Errors of the objective and of `onStep` pass through.
 */
export function minimize(
  objective: Objective,
  start: FloatArray | readonly number[],
  options?: MinimizeOptions,
): Minimum;
/** @param options.start The initial θ, for a problem only. Default: the problem's. */
export function minimize(
  problem: Problem | Risk,
  options?: MinimizeOptions & { start?: FloatArray | readonly number[] | undefined },
): Minimum;
export function minimize(target: Objective | Problem | Risk, ...rest: readonly unknown[]): Minimum {
  const { task, options } = readTask('minimize', target, rest);
  return run(task, readOptions(options, task));
}

function readOptions(options: MinimizeOptions, { type }: Task) {
  checkOptions('minimize', options, [...own, ...ofRules, 'onNonFinite']);
  const rule = checkRuleOrMethod('rule', orDefault(options.rule, lbfgs()));
  const given = ofRules.filter((name) => options[name] !== undefined);
  if (isMethod(rule) && given.length > 0)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `minimize: ${given[0]} is for update rules such as adam, not for ${rule.name}`,
    );
  if (options.onStep !== undefined && typeof options.onStep !== 'function')
    throw invalid('onStep', 'a function', options.onStep);
  return {
    rule,
    optimizerOptions: Object.fromEntries(given.map((name) => [name, options[name]])) as OptimizerOptions,
    maxSteps: checkInteger('maxSteps', orDefault(options.maxSteps, 1000), 0),
    tolerance: checkNumber('tolerance', orDefault(options.tolerance, type === 'float64' ? 1e-8 : 1e-4), nonNegative),
    stepTolerance: checkNumber('stepTolerance', orDefault(options.stepTolerance, 0), nonNegative),
    maxSeconds: checkNumber('maxSeconds', orDefault(options.maxSeconds, Infinity), duration),
    keeps: checkBoolean('trajectory', orDefault(options.trajectory, false)),
    onStep: options.onStep,
    onNonFinite: checkOneOf('onNonFinite', orDefault(options.onNonFinite, 'throw'), ['throw', 'stop']),
  };
}

type Settings = ReturnType<typeof readOptions>;

function stepsOf(task: Task, evaluator: Evaluator, start: Point, { rule, optimizerOptions }: Settings): Steps {
  if (!isMethod(rule)) return updateRuleSteps(evaluator, start, task.parts, rule, optimizerOptions);
  return methods[rule.name]({ evaluator, start, method: rule, smoothness: task.smoothness });
}

function run(task: Task, settings: Settings): Minimum {
  const { maxSteps, tolerance, stepTolerance, maxSeconds, keeps, onStep, onNonFinite } = settings;
  const begin = performance.now();
  const elapsed = () => (performance.now() - begin) / 1000;
  const evaluator = new Evaluator(task.objective);
  const trajectory: Growing = { thetas: [], losses: [], gradientNorms: [], evaluations: [], seconds: [] };
  let at: Point | undefined;
  let step = 0;
  try {
    at = evaluator.atStart(task.start);
    const steps = stepsOf(task, evaluator, at, settings);
    const end = (status: Minimum['status']): Minimum => {
      const { theta, loss, gradient, gradientNorm } = at!;
      const counts = { steps: step, evaluations: evaluator.count, seconds: elapsed() };
      return { theta, loss, gradient, gradientNorm, ...counts, status, ...(keeps && { trajectory }) };
    };
    let moved = Infinity;
    for (;;) {
      const { theta, loss, gradientNorm } = at;
      const report = { step, loss, gradientNorm, theta, evaluations: evaluator.count, seconds: elapsed() };
      if (keeps) note(trajectory, report);
      const shouldContinue = onStep?.(report) !== false;
      if (gradientNorm <= tolerance || (stepTolerance > 0 && moved <= stepTolerance)) return end('converged');
      if (!shouldContinue) return end('stopped');
      if (step >= maxSteps) return end('maxSteps');
      if (elapsed() > maxSeconds) return end('maxSeconds');
      const { value: next, done } = steps.next();
      if (done) return end(next);
      if (!isFinitePoint(next)) {
        if (onNonFinite === 'stop') return end('diverged');
        throw errorWith('ERR_NON_FINITE', divergence(step + 1, next));
      }
      moved = distance(next.theta, at.theta);
      at = next;
      step += 1;
    }
  } finally {
    task.settle(at?.theta ?? task.start);
  }
}

type Growing = { [key in keyof Trajectory]: Trajectory[key][number][] };

function note(trajectory: Growing, report: MinimizeReport): void {
  trajectory.thetas.push(report.theta);
  trajectory.losses.push(report.loss);
  trajectory.gradientNorms.push(report.gradientNorm);
  trajectory.evaluations.push(report.evaluations);
  trajectory.seconds.push(report.seconds);
}

function divergence(step: number, { loss }: Point): string {
  if (loss === -Infinity) return `the loss became -Infinity at step ${step}: the objective is unbounded below`;
  const what = Number.isFinite(loss) ? 'the gradient or theta is no longer finite' : `the loss became ${loss}`;
  return `${what} at step ${step}. Try a smaller learningRate or a line search, or onNonFinite: 'stop' for the point before`;
}
