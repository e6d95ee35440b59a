import { type Interval, interval, type Range } from '../checks/ranges.js';
import type { Slidable } from './slider.js';

export type { Values } from './slider.js';

/** A number that the user of an experiment can set. */
export interface Setting extends Slidable {
  /** Its meaning and unit. */
  readonly about: string;
  /** Default of the size `'full'`. */
  readonly full: number;
  /** Default of the size `'small'`, as in tests. */
  readonly small: number;
  readonly range: Range;
}

interface Defaults {
  full: number;
  /** Default: `full`. */
  small?: number;
}

interface Bounds {
  /** Default: 1. */
  least?: number;
  /** Default: a million. */
  most?: number;
}

/** A setting that is a whole number. */
export const whole = (about: string, { least = 1, most = 1_000_000, ...defaults }: Defaults & Bounds): Setting =>
  setting(about, defaults, 'whole', {
    expected: `a whole number from ${least} to ${most}`,
    allows: (value) => Number.isInteger(value) && value >= least && value <= most,
    low: least,
    high: most,
  });

/** A setting that is a power of two, as are its bounds. */
export const powerOfTwo = (about: string, { least, most, ...defaults }: Defaults & Required<Bounds>): Setting =>
  setting(about, defaults, 'powers of two', {
    expected: `a power of 2 from ${least} to ${most}`,
    allows: (value) => value >= least && value <= most && Number.isInteger(Math.log2(value)),
    low: least,
    high: most,
  });

/** A setting that is any number in `range`, bounds included. */
export const real = (
  about: string,
  { range, ...defaults }: Defaults & { range: readonly [least: number, most: number] },
): Setting => setting(about, defaults, 'real', interval(...range));

/** The seed of all random numbers in an experiment. */
export const seed: Setting = whole('of all random numbers', { full: 1, least: 0 });

/** A scale of noise, where 0 means none. */
export const noise = (about: string, defaults: Defaults): Setting => real(about, { ...defaults, range: [0, 10] });

/** If the quotient of the bounds is at least this large, the slider is logarithmic. */
const wide = 50;

function setting(
  about: string,
  { full, small = full }: Defaults,
  values: Setting['values'],
  { low: least, high: most, expected, allows }: Interval,
): Setting {
  const scale = values === 'powers of two' || (least > 0 && most / least >= wide) ? 'log' : 'linear';
  return { about, full, small, least, most, values, scale, range: { expected, allows } };
}

/** The option of `glissade lab` for a setting: `--learning-rate` for `learningRate`. */
export const optionFor = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
