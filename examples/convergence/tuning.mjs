import { Optimizer, schedules } from 'glissade';

export const tolerance = 1e-6;
export const mostSteps = 100_000;
export const lastingSteps = 100;
export const budget = 1_000;
/** A smaller excess counts as 0: it is the rounding error of a difference of numbers around 1. */
export const rounding = 1e-14;

/** 1, 2 and 5 times the powers of 10, up to 100. */
export const rates = [-6, -5, -4, -3, -2, -1, 0, 1]
  .flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)))
  .concat(100);

const hopeless = 1e12;
const evaluatedElsewhere = ['asgd', 'scheduleFree'];

/**
 * @typedef {import('glissade').Problem} Problem
 * @typedef {import('glissade').Rule} Rule
 */

/** The value minus the minimum after each step. Ends when it is above `hopeless`, or NaN. */
function* excesses(/** @type {Problem} */ { objective, start, shape, least = 0 }, /** @type {Rule} */ rule) {
  const parameters = Float64Array.from(start);
  const gradient = new Float64Array(start.length);
  const gradients = [gradient];
  const optimizer = new Optimizer([{ data: parameters, shape: shape ?? [start.length] }], rule);
  const isElsewhere = evaluatedElsewhere.includes(rule.name);
  const valueAt = (/** @type {import('glissade').FloatArray} */ point) =>
    /** @type {number} */ (objective(point, gradient));
  valueAt(parameters);
  for (;;) {
    const [point] = optimizer.gradientPoints();
    if (isElsewhere || point !== parameters) valueAt(point);
    optimizer.step(gradients);
    const [model] = isElsewhere ? optimizer.evaluationParameters() : [parameters];
    const excess = valueAt(model) - least;
    if (!(excess < hopeless)) return;
    yield excess;
  }
}

/**
 * The step from which a rule stays within the tolerance of the minimum for `lastingSteps`; undefined if that takes
 * more than `limit` steps.
 *
 * @param {Problem} test
 * @param {Rule} rule
 */
export function stepsTo(test, rule, limit = mostSteps) {
  let step = 0;
  let arrived = 0;
  for (const excess of excesses(test, rule)) {
    step += 1;
    if (excess > tolerance) arrived = 0;
    else if (arrived === 0) arrived = step;
    if (arrived === 0 ? step >= limit : step - arrived >= lastingSteps) break;
  }
  return arrived > 0 && step - arrived >= lastingSteps ? arrived : undefined;
}

/**
 * The excess over the minimum after the budget of steps, under a cosine schedule; undefined if the rule diverges.
 *
 * @param {Problem} test
 * @param {Rule} rule
 * @param {number} from
 */
export function excessAfterBudget(test, rule, from) {
  const learningRate = schedules.cosine({ from, steps: budget });
  let steps = 0;
  for (const excess of excesses(test, { ...rule, learningRate }))
    if (++steps === budget) return excess < rounding ? 0 : excess;
}

/**
 * The rate with which a rule takes the fewest steps. Ties go to the largest rate.
 *
 * @param {Problem} test
 * @param {Rule} rule
 */
export function fewestSteps(test, rule) {
  /** @type {{ rate: number, steps: number } | undefined} */
  let best;
  for (const rate of rates.toReversed()) {
    const steps = stepsTo(test, { ...rule, learningRate: rate }, best ? best.steps - 1 : mostSteps);
    if (steps !== undefined) best = { rate, steps };
  }
  return best;
}

/**
 * The rate with the least excess after the budget. Ties go to the largest rate.
 *
 * @param {Problem} test
 * @param {Rule} rule
 */
export function leastExcess(test, rule) {
  /** @type {{ rate: number, excess: number } | undefined} */
  let best;
  for (const rate of rates.toReversed()) {
    const excess = excessAfterBudget(test, rule, rate);
    if (excess !== undefined && !(best && best.excess <= excess)) best = { rate, excess };
  }
  return best;
}
