import { checkOneOf, checkOptions, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, finite } from '../checks/ranges.js';
import { between, halfCosine } from './between.js';
import { schedule } from './schedule.js';

export interface WarmupStableDecayOptions {
  /** The value after the warm-up. */
  peak: number;
  /** Number of steps from `from` to the peak, in a straight line. May be 0. */
  warmup: number;
  /** Number of steps at the peak. May be 0. */
  stable: number;
  /** Number of steps from the peak to `to`. */
  decay: number;
  /** The value at step 0. Default 0. */
  from?: number | undefined;
  /** The value at the end and after. Default 0. */
  to?: number | undefined;
  /** Shape s of the decay at a fraction x of its steps: x, (1 − cos πx)/2 or √x. Default `'linear'`. */
  shape?: 'linear' | 'cosine' | 'oneMinusSquareRoot' | undefined;
}

const shapes = { linear: (x: number) => x, cosine: halfCosine, oneMinusSquareRoot: Math.sqrt };

/**
 * Warm-up, stable phase and decay (WSD): η(t) = from + (peak − from) · t / warmup, then `peak` for `stable` steps, then
 * peak + (to − peak) · s(x) at the fraction x of `decay` steps, then `to`. With `'oneMinusSquareRoot'` the height falls
 * as 1 − √x, which Hägele et al. found better than a line. PyTorch needs a `SequentialLR` of three schedulers.
 *
 * @see Hu et al. 2024 (MiniCPM), https://arxiv.org/abs/2404.06395
 * @see Hägele et al. 2024, https://arxiv.org/abs/2405.18392
 */
export const warmupStableDecay = schedule('warmupStableDecay', (given: WarmupStableDecayOptions) => {
  checkOptions('schedules.warmupStableDecay', given, ['peak', 'warmup', 'stable', 'decay', 'from', 'to', 'shape']);
  const peak = checkNumber('peak', given.peak, finite);
  const warmup = checkInteger('warmup', given.warmup, 0);
  const stable = checkInteger('stable', given.stable, 0);
  const decay = checkInteger('decay', given.decay, 1);
  const from = checkNumber('from', orDefault(given.from, 0), finite);
  const to = checkNumber('to', orDefault(given.to, 0), finite);
  const shape = checkOneOf('shape', orDefault(given.shape, 'linear'), Object.keys(shapes) as (keyof typeof shapes)[]);
  const at = (step: number) => {
    if (step < warmup) return between(from, peak, step / warmup);
    const share = Math.max(0, (step - warmup - stable) / decay);
    return between(peak, to, shapes[shape](Math.min(share, 1)));
  };
  return {
    options: { peak, warmup, stable, decay, from, to, shape },
    at,
    length: warmup + stable + decay + 1,
    end: warmup + stable + decay,
  };
});
