import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { between, halfCosine } from './between.js';
import { schedule } from './schedule.js';

export interface WarmRestartsOptions {
  /** The value at the beginning of each period. */
  from: number;
  /** The value that each period falls to. Default 0. */
  to?: number | undefined;
  /** How many steps the first period lasts. */
  steps: number;
  /** How many times as long as the one before each period is, any number ≥ 1; restarts are rounded to whole steps. Default 1. */
  factor?: number | undefined;
}

/**
 * η(t) = to + (from − to) · (1 + cos(π s / S)) / 2, s the steps since the last restart and S the length of its period, steps · factor^k
 * for k = 0, 1, …: stochastic gradient descent with warm restarts (SGDR), without end. Step `steps` is the first restart.
 *
 * PyTorch's `CosineAnnealingWarmRestarts(T_0=steps, T_mult=factor, eta_min=to)`, where `factor` must be whole.
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

/** Which share of its period has passed at a step. */
function shareOfPeriod(step: number, steps: number, factor: number): number {
  if (factor === 1) return (step % steps) / steps;
  const grown = Math.min((step / steps) * (factor - 1), Number.MAX_VALUE);
  let period = Math.floor(Math.log1p(grown) / Math.log(factor)); // the logarithms may be one off where a period begins
  if (step < startOf(period, steps, factor)) --period;
  else if (step >= startOf(period + 1, steps, factor)) ++period;
  const start = startOf(period, steps, factor);
  const length = Math.max(1, startOf(period + 1, steps, factor) - start);
  return Math.min(Math.max(0, (step - start) / length), 1); // far out, where sums are no longer exact, still a share
}

/** The step at which a period begins: the sum of those before, rounded. */
function startOf(period: number, steps: number, factor: number): number {
  if (factor === 1) return period * steps;
  const growth = factor < 1.5 ? Math.expm1(period * Math.log(factor)) : power(factor, period) - 1;
  return Math.round(steps * (growth / (factor - 1)));
}

/** base^exponent by squaring: exact for whole numbers, which `**` is not. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, left = exponent; left > 0; square *= square, left = Math.floor(left / 2))
    if (left % 2 === 1) result *= square;
  return result;
}
