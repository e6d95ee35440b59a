import { sameBits } from '../support/bits';

type Numbers = ArrayBufferView & ArrayLike<number>;

/** Fails unless two arrays hold the same bits; tells where they first differ. */
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

/** The largest |actual − expected| / max(1, |expected|); 0 where none is a number. */
export function greatestError(actual: Numbers, expected: Numbers): number {
  let greatest = 0;
  for (let i = 0; i < expected.length; ++i) {
    const error = errorAt(actual, expected, i);
    if (error > greatest) greatest = error;
  }
  return greatest;
}

/** Where |actual − expected| / max(1, |expected|) is first above the bound; −1: nowhere. */
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

/** Fails unless |actual − expected| / max(1, |expected|) is at most the bound everywhere. */
export function closeArray(actual: Numbers, expected: Numbers, bound: number, where: string): void {
  const i = farAt(actual, expected, bound);
  if (i >= 0) throw new Error(`${where}[${i}] is ${actual[i]}, expected ${expected[i]} within ${bound}`);
}

export function same(actual: unknown, expected: unknown, where: string): void {
  if (!Object.is(actual, expected)) throw new Error(`${where} is ${actual}, expected ${expected}`);
}

/** The error that an action throws or rejects with, which must have a code; undefined where it succeeds. */
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
