import { isObject } from '../checks/kinds.js';
import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, fraction } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';

/** An average of the parameters over steps: a frozen plain object, made by `polyak`, `ema` or `swa`. */
export type Average =
  | { readonly name: 'polyak'; readonly start: number }
  | { readonly name: 'ema'; readonly decay: number }
  | { readonly name: 'swa'; readonly start: number; readonly every: number };

export interface PolyakOptions {
  /** The first step that counts, ≥ 1. Before it, the average equals the parameters. Default 1. */
  start?: number | undefined;
}

/**
 * The mean of the parameters after each step from `start` on.
 *
 *     θ̄ ← θ̄ + (θ − θ̄)/(t − start + 1)
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` unless `start` is a whole number ≥ 1.
 * @see Polyak & Juditsky 1992; Ruppert 1988
 */
export function polyak(options: PolyakOptions = {}): Average {
  checkOptions('polyak', options, ['start']);
  return Object.freeze({ name: 'polyak', start: checkInteger('polyak.start', orDefault(options.start, 1), 1) });
}

export interface EmaOptions {
  /** The fraction of the average that is kept at each step, in [0, 1). Default 0.999. */
  decay?: number | undefined;
}

/**
 * An exponential moving average of the parameters with bias correction: after the first step it equals θ.
 *
 *     θ̄ ← θ̄ + (θ − θ̄)·(1 − d)/(1 − dᵗ)
 *
 * PyTorch's `get_ema_multi_avg_fn` starts from the initial parameters instead, which gives these too much weight.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if `decay` is outside [0, 1).
 */
export function ema(options: EmaOptions = {}): Average {
  checkOptions('ema', options, ['decay']);
  return Object.freeze({ name: 'ema', decay: checkNumber('ema.decay', orDefault(options.decay, 0.999), fraction) });
}

export interface SwaOptions {
  /** The first step that counts, ≥ 1. Before it, the average equals the parameters. */
  start: number;
  /** Number of steps from one that counts to the next. Default 1. */
  every?: number | undefined;
}

/**
 * Stochastic weight averaging: the mean of the parameters after steps start, start + every, start + 2·every, …
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` unless both are whole numbers ≥ 1.
 * @see Izmailov et al. 2018, https://arxiv.org/abs/1803.05407, algorithm 1
 */
export function swa(options: SwaOptions): Average {
  checkOptions('swa', options, ['start', 'every']);
  const start = checkInteger('swa.start', options.start, 1);
  return Object.freeze({ name: 'swa', start, every: checkInteger('swa.every', orDefault(options.every, 1), 1) });
}

const makers = { polyak, ema, swa };

export function checkAverage(value: unknown): Average {
  if (!isObject(value) || !('name' in value)) throw invalid('average', 'an average such as polyak()', value);
  const { name, ...options } = value;
  return makers[checkOneOf('average', name, ['polyak', 'ema', 'swa'])](options as never);
}

/** Weight of the parameters after step t = 1, 2, … in their average. */
export function weightAt(average: Average, t: number): number {
  if (average.name === 'ema') return (1 - average.decay) / (1 - average.decay ** t);
  if (t < average.start) return 1;
  if (average.name === 'polyak') return 1 / (t - average.start + 1);
  const since = t - average.start;
  return since % average.every === 0 ? 1 / (since / average.every + 1) : 0;
}
