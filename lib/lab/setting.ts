import { interval, type Range } from '../checks/ranges.js';

/** A number of an experiment that can be set. */
export interface Setting {
  /** Its meaning, with its unit. */
  readonly about: string;
  /** Default of the size `'full'`. */
  readonly full: number;
  /** Default of the size `'small'`, as in tests. */
  readonly small: number;
  readonly range: Range;
}

interface Values {
  full: number;
  /** Default: `full`. */
  small?: number;
}

/** A setting that is a whole number. */
export function whole(
  about: string,
  { full, small = full, least = 1, most = 1_000_000 }: Values & { least?: number; most?: number },
): Setting {
  const allows = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return { about, full, small, range: { expected: `a whole number from ${least} to ${most}`, allows } };
}

/** A setting that is any number in a range. */
export function real(about: string, { full, small = full, range }: Values & { range: Range }): Setting {
  return { about, full, small, range };
}

/** The seed of all random numbers of an experiment. */
export const seed: Setting = whole('of all that is drawn at random', { full: 1, least: 0 });

/** A scale of noise, where 0 means none. */
export const noise = (about: string, values: Values): Setting => real(about, { ...values, range: interval(0, 10) });

/** The option of `glissade lab` for a setting: `--learning-rate` for `learningRate`. */
export const optionFor = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
