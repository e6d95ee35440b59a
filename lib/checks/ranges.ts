import { errorWith } from '../errors.js';
import { invalid } from './shown.js';

/** A condition on a number: its text in messages, and its test. */
export interface Range {
  expected: string;
  allows(value: number): boolean;
}

export const nonNegative: Range = { expected: 'a finite number ≥ 0', allows: (x) => Number.isFinite(x) && x >= 0 };
export const fraction: Range = { expected: 'a number in [0, 1)', allows: (x) => x >= 0 && x < 1 };
export const wholeShare: Range = { expected: 'a number in [0, 1]', allows: (x) => x >= 0 && x <= 1 };
export const share: Range = { expected: 'a number in (0, 1]', allows: (x) => x > 0 && x <= 1 };

/** The open interval (low, high). */
export const openInterval = (low: number, high: number): Range => ({
  expected: `a number between ${low} and ${high}`,
  allows: (x) => x > low && x < high,
});

/** A range whose least and greatest numbers are known. */
export interface Interval extends Range {
  readonly low: number;
  readonly high: number;
}

/** The closed interval [low, high]. */
export const interval = (low: number, high: number): Interval => ({
  expected: `a number from ${low} to ${high}`,
  allows: (x) => x >= low && x <= high,
  low,
  high,
});

export const moreThan = (low: number): Range => ({
  expected: `a finite number > ${low}`,
  allows: (x) => Number.isFinite(x) && x > low,
});

export const atMost = (most: number): Range => ({
  expected: `a finite number ≤ ${most}`,
  allows: (x) => Number.isFinite(x) && x <= most,
});

export const wholeUpTo = (most: number): Range => ({
  expected: `a whole number from 0 to ${most}`,
  allows: (x) => Number.isInteger(x) && x >= 0 && x <= most,
});
export const positive: Range = { expected: 'a finite number > 0', allows: (x) => Number.isFinite(x) && x > 0 };
export const finite: Range = { expected: 'a finite number', allows: (x) => Number.isFinite(x) };

export function checkNumber(name: string, value: unknown, range: Range): number {
  if (typeof value !== 'number') throw invalid(name, range.expected, value);
  if (!range.allows(value))
    throw errorWith('ERR_OUT_OF_RANGE', `Expected ${range.expected} for ${name} but received ${value}`);
  return value;
}

export function checkInteger(
  name: string,
  value: unknown,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  const expected = most === Number.MAX_SAFE_INTEGER ? `an integer ≥ ${least}` : `an integer from ${least} to ${most}`;
  return checkNumber(name, value, { expected, allows: (x) => Number.isSafeInteger(x) && x >= least && x <= most });
}
