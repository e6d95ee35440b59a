import type { FloatArray } from '../addon/index.js';
import { floats, typeOf } from '../numbers/memory.js';
import { Optimizer, planOf } from '../optimizers/optimizer.js';
import { type ParameterGroup, weightsOf } from '../optimizers/parameter.js';
import type { OptimizerOptions } from '../optimizers/plan.js';
import type { Rule } from '../optimizers/rule.js';
import type { Evaluator, Point } from './evaluation.js';
import type { Steps } from './method.js';
import type { Part } from './task.js';

/** The parts of θ as parameter groups of an optimizer: those that decay, those that don't, and frozen ones. */
function groupsOf(parts: readonly Part[], rule: Rule): { parts: readonly Part[]; overrides: object }[] {
  let inner = rule;
  while (inner.rule !== undefined) inner = inner.rule as Rule;
  const spared = 'weightDecay' in inner ? { weightDecay: 0 } : {};
  const trained = parts.filter(({ frozen }) => !frozen);
  return [
    { parts: trained.filter(({ decays }) => decays), overrides: {} },
    { parts: trained.filter(({ decays }) => !decays), overrides: spared },
    { parts: parts.filter(({ frozen }) => frozen), overrides: { frozen: true } },
  ].filter(({ parts }) => parts.length > 0);
}

const cut = (array: FloatArray, { offset, size }: Part): FloatArray => array.subarray(offset, offset + size);

/** The steps of an update rule, taken by an `Optimizer`. */
export function* updateRuleSteps(
  evaluator: Evaluator,
  start: Point,
  given: readonly Part[],
  rule: Rule,
  options: OptimizerOptions,
): Steps {
  const groups = groupsOf(given, rule);
  const parts = groups.flatMap(({ parts }) => parts);
  const own = start.theta.slice();
  const gradient = floats(typeOf(own), own.length);
  const gradients = parts.map((part) => cut(gradient, part));
  const optimizer = new Optimizer(
    groups.map(
      ({ parts, overrides }): ParameterGroup => ({
        ...overrides,
        parameters: parts.map((part) => {
          const data = cut(own, part);
          if (!part.shape) return data;
          return part.outputs ? weightsOf(data, part.shape) : { data, shape: part.shape };
        }),
      }),
    ),
    rule,
    options,
  );
  const { usesSam, evaluatesElsewhere, plateaus } = planOf(optimizer);

  const gathered = (arrays: readonly FloatArray[]): FloatArray => {
    const theta = own.slice();
    for (const [i, array] of arrays.entries()) cut(theta, parts[i]!).set(array);
    return theta;
  };
  const evaluate = (theta: FloatArray) => {
    const point = evaluator.at(theta);
    gradient.set(point.gradient);
    return point;
  };

  let at = start;
  // Whether `at` is at the optimizer's own parameters, so that its gradient serves the next step.
  let isOwn = true;
  for (;;) {
    for (let isUpdated = false; !isUpdated; isOwn = false) {
      const ahead = optimizer.gradientPoints();
      if (ahead !== optimizer.parameters) evaluate(gathered(ahead));
      else if (isOwn) gradient.set(at.gradient);
      else evaluate(own.slice());
      if (usesSam) evaluate(gathered(optimizer.gradientPoints(gradients)));
      isUpdated = optimizer.step(gradients);
    }
    at = evaluator.at(evaluatesElsewhere ? gathered(optimizer.evaluationParameters()) : own.slice());
    isOwn = !evaluatesElsewhere;
    if (plateaus.length > 0) optimizer.observe(at.loss);
    yield at;
  }
}
