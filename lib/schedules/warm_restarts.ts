import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { between, halfCosine } from './between.js';
import { schedule } from './schedule.js';

export interface WarmRestartsOptions {
  /** The value at the beginning of each period. */
  from: number;
  /** The value that each period falls to. Default 0. */
  to?: number | undefined;
  /** Number of steps of the first period. */
  steps: number;
  /** Ratio of the length of each period to the one before, ≥ 1. Restarts are rounded to whole steps. Default 1. */
  factor?: number | undefined;
}

/**
 * η(t) = to + (from − to) · (1 + cos(π s / S)) / 2, without end: stochastic gradient descent with warm restarts (SGDR).
 * s is the number of steps since the last restart, and S = steps · factor^k the length of period k = 0, 1, … The first
 * restart is at step `steps`.
 *
 * Same as PyTorch's `CosineAnnealingWarmRestarts(T_0=steps, T_mult=factor, eta_min=to)`, whose factor must be an
 * integer.
 *
 * @see Loshchilov & Hutter 2017, https://arxiv.org/abs/1608.03983
 */
export const warmRestarts = schedule('warmRestarts', (given: WarmRestartsOptions) => {
  checkOptions('schedules.warmRestarts', given, ['from', 'to', 'steps', 'factor']);
  const from = checkNumber('from', given.from, finite);
  const to = checkNumber('to', orDefault(given.to, 0), finite);
  const steps = checkInteger('steps', given.steps, 1);
  const factor = checkNumber('factor', orDefault(given.factor, 1), atLeastOne);
  const at = (step: number) => between(from, to, halfCosine(shareOfPeriod(step, steps, factor)));
  return { options: { from, to, steps, factor }, at, length: startOf(factor > 2 ? 3 : 4, steps, factor) };
});

const atLeastOne = { expected: 'a finite number ≥ 1', allows: (x: number) => Number.isFinite(x) && x >= 1 };

/** The fraction of its period that has passed at a step. */
function shareOfPeriod(step: number, steps: number, factor: number): number {
  if (factor === 1) return (step % steps) / steps;
  const grown = Math.min((step / steps) * (factor - 1), Number.MAX_VALUE);
  let period = Math.floor(Math.log1p(grown) / Math.log(factor)); // may be one off at the beginning of a period
  if (step < startOf(period, steps, factor)) --period;
  else if (step >= startOf(period + 1, steps, factor)) ++period;
  const start = startOf(period, steps, factor);
  const length = Math.max(1, startOf(period + 1, steps, factor) - start);
  return Math.min(Math.max(0, (step - start) / length), 1); // in [0, 1] even where sums are no longer exact
}

/** The step at which a period begins: the rounded sum of the periods before it. */
function startOf(period: number, steps: number, factor: number): number {
  if (factor === 1) return period * steps;
  const growth = factor < 1.5 ? Math.expm1(period * Math.log(factor)) : power(factor, period) - 1;
  return Math.round(steps * (growth / (factor - 1)));
}

/** base^exponent by squaring, which is exact for integers; `**` is not. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, left = exponent; left > 0; square *= square, left = Math.floor(left / 2))
    if (left % 2 === 1) result *= square;
  return result;
}
