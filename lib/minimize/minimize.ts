import type { FloatArray } from '../addon/index.js';
import { checkBoolean, checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, nonNegative, type Range } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { distance } from '../numbers/vectors.js';
import { lbfgs } from '../optimizers/lbfgs.js';
import { type StepOptions, stepOptions } from '../optimizers/plan.js';
import { checkRuleOrMethod, isMethod, type Rule } from '../optimizers/rule.js';
import { acceleratedSteps } from './accelerated.js';
import { Evaluator, isFinitePoint, type Point } from './evaluation.js';
import { gradientDescentSteps } from './gradient_descent.js';
import { lbfgsSteps } from './lbfgs.js';
import type { MethodStart, Steps } from './method.js';
import type { Objective, Problem, Risk } from './problem.js';
import { readTask, type Task } from './task.js';
import { updateRuleSteps } from './update_rule.js';

/** Where a run is, after a step or at its start. */
export interface MinimizeReport {
  /** How many steps have been taken. */
  step: number;
  loss: number;
  gradientNorm: number;
  /** Not to be written to. It stays as it is. */
  theta: FloatArray;
  /** How many times the objective has been called. */
  evaluations: number;
  seconds: number;
}

/** The options of update rules (`clip`, `average`, …) are not for full-batch methods. */
export interface MinimizeOptions extends Omit<StepOptions, 'onNonFinite' | 'sparse'> {
  /**
   * A full-batch method (`lbfgs()`, `gradientDescent(…)`, `accelerated(…)`) or any update rule, whose schedules count steps. Default
   * `lbfgs()`.
   */
  rule?: Rule | undefined;
  /** Default 1000. */
  maxSteps?: number | undefined;
  /** Ends where ‖∇R(θ)‖ is no more than this. Default 1e-8 in float64, 1e-4 in float32, where rounding allows no less in general. */
  tolerance?: number | undefined;
  /** Ends where a step moves θ by no more than this. Default 0: never. */
  stepTolerance?: number | undefined;
  /** Ends after the step that takes it beyond this time. Default Infinity. */
  maxSeconds?: number | undefined;
  /** Whether the result holds every point. Default false. */
  trajectory?: boolean | undefined;
  /** Called at the start and after each step; returning false ends the run. */
  onStep?: ((report: MinimizeReport) => unknown) | undefined;
  /**
   * What to do where a loss, a gradient or θ is not finite after a step: throw `ERR_NON_FINITE`, or stop as `'diverged'` with the point
   * before. Default `'throw'`.
   */
  onNonFinite?: 'throw' | 'stop' | undefined;
}

/** Every point of a run, from the start on. */
export interface Trajectory {
  readonly thetas: readonly FloatArray[];
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  readonly evaluations: readonly number[];
  readonly seconds: readonly number[];
}

/** Where a run has ended. */
export interface Minimum {
  theta: FloatArray;
  loss: number;
  gradient: FloatArray;
  gradientNorm: number;
  steps: number;
  /** How many times the objective has been called. */
  evaluations: number;
  seconds: number;
  /**
   * Why: `tolerance` or `stepTolerance` was met; there were enough steps, or seconds; `onStep` returned false; numbers ceased to be finite;
   * or no step along the gradient decreases the loss: it is as small as rounding lets it be, or the gradient is wrong.
   */
  status: 'converged' | 'maxSteps' | 'maxSeconds' | 'stopped' | 'diverged' | 'lineSearchFailed';
  /** With `trajectory: true`. */
  trajectory?: Trajectory;
}

const own = ['rule', 'maxSteps', 'tolerance', 'stepTolerance', 'maxSeconds', 'trajectory', 'onStep'] as const;
const ofRules = stepOptions.filter((name) => name !== 'onNonFinite' && name !== 'sparse'); // gradients are whole
const duration: Range = { expected: 'a number > 0', allows: (x) => x > 0 };

const methods: Record<string, (start: MethodStart) => Steps> = {
  gradientDescent: gradientDescentSteps,
  accelerated: acceleratedSteps,
  lbfgs: lbfgsSteps,
};

/**
 * Minimises a function of your own, a problem, or a model's mean loss over a whole dataset, by a full-batch method or any update rule.
 * It all happens in this call, on this thread (a model's gradients use all threads).
 *
 * - An objective begins at `start`, and runs in the type of that; numbers make a Float64Array. `start` itself stays as it is.
 * - A problem begins at `problem.start`, in float64, unless the option `start` says otherwise.
 * - A risk begins at `model.parameters`, in the model's type. Meanwhile these hold the points that are tried, and in the end the
 *   result; the last finite θ where the run fails. The model is taken as in `evaluate`. Statistics of batchNorm stay as they are, and
 *   weight decay leaves biases alone, as in `fit`.
 *
 * A step of an update rule is what `Optimizer` does with the gradient at θ, or where the rule wants it (`sam`, `nesterov`); where the
 * rule or `average` says that the model is to be evaluated elsewhere, the result is what it says. `reduceOnPlateau` observes the loss
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
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_OUT_OF_RANGE` or `ERR_SHAPE` for arguments that do not fit, and for what the
 *   objective returns where it is neither a number nor `{ loss, gradient }` of the length of θ; GlissadeError `ERR_NON_FINITE` where the
 *   loss or the gradient is not finite at the start, or ceases to be (see `onNonFinite`); `ERR_BUSY` while the model is being trained. What
 *   the objective or `onStep` throws passes through.
 */
export function minimize(
  objective: Objective,
  start: FloatArray | readonly number[],
  options?: MinimizeOptions,
): Minimum;
/** @param options.start Only for a problem. Default: its own. */
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
    stepOptions: Object.fromEntries(given.map((name) => [name, options[name]])) as StepOptions,
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

function stepsOf(task: Task, evaluator: Evaluator, start: Point, { rule, stepOptions }: Settings): Steps {
  const from = { evaluator, start, rule, smoothness: task.smoothness };
  return methods[rule.name]?.(from) ?? updateRuleSteps(from, task.parts, stepOptions);
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
      const goesOn = onStep?.(report) !== false;
      if (gradientNorm <= tolerance || (stepTolerance > 0 && moved <= stepTolerance)) return end('converged');
      if (!goesOn) return end('stopped');
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
  if (loss === -Infinity) return `the loss became -Infinity at step ${step}: the objective has no least value there`;
  const what = Number.isFinite(loss) ? 'the gradient or theta is no longer finite' : `the loss became ${loss}`;
  return `${what} at step ${step}. Try a smaller learningRate or a line search, or onNonFinite: 'stop' for the point before`;
}
