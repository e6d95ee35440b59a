import { sameBits } from '../support/bits';

type Numbers = ArrayBufferView & ArrayLike<number>;

/** Throws unless two arrays have equal bits. The error names the first difference. */
export function sameArray(actual: Numbers, expected: Numbers, where: string): void {
  if (actual.byteLength === expected.byteLength && sameBits(actual, expected)) return;
  if (actual.length !== expected.length)
    throw new Error(`${where}: ${actual.length} numbers, expected ${expected.length}`);
  for (let i = 0; i < expected.length; ++i)
    if (!Object.is(actual[i], expected[i]))
      throw new Error(`${where}[${i}] is ${actual[i]}, expected ${expected[i]} (${count(actual, expected)} differ)`);
}

const count = (a: Numbers, b: Numbers) => {
  let differing = 0;
  for (let i = 0; i < a.length; ++i) differing += Number(!Object.is(a[i], b[i]));
  return `${differing} of ${a.length}`;
};

const errorAt = (actual: Numbers, expected: Numbers, i: number): number =>
  Math.abs(actual[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!));

/** The largest |actual − expected| / max(1, |expected|), ignoring NaN. */
export function greatestError(actual: Numbers, expected: Numbers): number {
  let greatest = 0;
  for (let i = 0; i < expected.length; ++i) {
    const error = errorAt(actual, expected, i);
    if (error > greatest) greatest = error;
  }
  return greatest;
}

/** The first index at which |actual − expected| / max(1, |expected|) is above the bound, or −1. */
const farAt = (actual: Numbers, expected: Numbers, bound: number): number => {
  for (let i = 0; i < expected.length; ++i) {
    const error = errorAt(actual, expected, i);
    const isSame = Object.is(actual[i], expected[i]) || (Number.isNaN(actual[i]) && Number.isNaN(expected[i]));
    if (!isSame && !(error <= bound)) return i;
  }
  return -1;
};

export const isClose = (actual: Numbers, expected: Numbers, bound: number): boolean =>
  farAt(actual, expected, bound) < 0;

/** Throws unless |actual − expected| / max(1, |expected|) is at most the bound for all elements. */
export function closeArray(actual: Numbers, expected: Numbers, bound: number, where: string): void {
  const i = farAt(actual, expected, bound);
  if (i >= 0) throw new Error(`${where}[${i}] is ${actual[i]}, expected ${expected[i]} within ${bound}`);
}

export function same(actual: unknown, expected: unknown, where: string): void {
  if (!Object.is(actual, expected)) throw new Error(`${where} is ${actual}, expected ${expected}`);
}

/** The error that an action throws or rejects with, which must have a code. Undefined if it succeeds. */
export async function refusal(action: () => unknown): Promise<{ code: string; message: string } | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (typeof code === 'string' && code.startsWith('ERR_')) return { code, message };
    throw new Error(`an error without a code: ${error instanceof Error ? error.stack : String(error)}`);
  }
}
