import { interval, type Range } from '../checks/ranges.js';

/** A number that an experiment can be run with otherwise. */
export interface Setting {
  /** What it is, with its unit. */
  readonly about: string;
  /** Unless it is given. */
  readonly full: number;
  /** Where the experiment is to be small, as in tests. */
  readonly small: number;
  readonly range: Range;
}

interface Values {
  full: number;
  /** Default: as `full`. */
  small?: number;
}

/** A whole number. */
export function whole(
  about: string,
  { full, small = full, least = 1, most = 1_000_000 }: Values & { least?: number; most?: number },
): Setting {
  const allows = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return { about, full, small, range: { expected: `a whole number from ${least} to ${most}`, allows } };
}

/** Any number of a range. */
export function real(about: string, { full, small = full, range }: Values & { range: Range }): Setting {
  return { about, full, small, range };
}

/** Of all that an experiment draws at random. */
export const seed: Setting = whole('of all that is drawn at random', { full: 1, least: 0 });

/** A scale of noise, where 0 means none. */
export const noise = (about: string, values: Values): Setting => real(about, { ...values, range: interval(0, 10) });

/** As `glissade lab` names it: `--learning-rate` for `learningRate`. */
export const optionFor = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
