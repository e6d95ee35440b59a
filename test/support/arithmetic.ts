import type { FloatType } from '../../lib/addon';
import { flushesDenormals } from './denormals';

const { abs, floor, fround, sqrt } = Math; // reading a global of jest's realm is slow

/** The kernels' arithmetic: each operation rounds once. Denormal numbers count as zeros of their sign if kernels flush. */
export interface Arithmetic {
  round(x: number): number;
  add(a: number, b: number): number;
  subtract(a: number, b: number): number;
  multiply(a: number, b: number): number;
  divide(a: number, b: number): number;
  /** a / b, or 0 if b is 0. */
  ratio(a: number, b: number): number;
  root(x: number): number;
}

function flushing(round: (x: number) => number, leastNormal: number): Arithmetic {
  const least = flushesDenormals ? leastNormal : 0;
  const flush = (x: number) => (abs(x) < least ? x * 0 : x);
  const divide = (a: number, b: number) => flush(round(flush(a) / flush(b)));
  return {
    round,
    add: (a, b) => flush(round(flush(a) + flush(b))),
    subtract: (a, b) => flush(round(flush(a) - flush(b))),
    multiply: (a, b) => flush(round(flush(a) * flush(b))),
    divide,
    ratio: (a, b) => (flush(b) === 0 ? 0 : divide(a, b)),
    root: (x) => round(sqrt(flush(x))),
  };
}

// A float operation equals the double one rounded to float, because double has at least two more than twice its digits.
export const arithmetic: Record<FloatType, Arithmetic> = {
  float32: flushing(fround, 2 ** -126),
  float64: flushing((x) => x, 2 ** -1022),
};

/** x^n by repeated squaring. */
export function power(x: number, n: number): number {
  let result = 1;
  for (let square = x, left = n; left > 0; left = floor(left / 2), square *= square)
    if (left % 2 === 1) result *= square;
  return result;
}

const word = new DataView(new ArrayBuffer(8));

/** x^y for x > 0, from sums, products and quotients only. */
export function realPower(x: number, y: number): number {
  const ln2 = Math.LN2;
  word.setFloat64(0, x);
  let e = (word.getUint16(0) >> 4) - 1023;
  word.setUint16(0, (word.getUint16(0) & 0xf) | 0x3ff0);
  let m = word.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    ++e;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let series = 0;
  for (let k = 23; k > 0; k -= 2) series = series * square + 1 / k;
  const exponent = y * (2 * s * series + e * ln2);
  const k = Math.trunc(exponent / ln2 + (exponent < 0 ? -0.5 : 0.5));
  if (k < -1020) return 0;
  if (k > 1020) return Infinity;
  const r = exponent - k * ln2;
  let sum = 1;
  for (let n = 16; n > 0; --n) sum = 1 + (sum * r) / n;
  return sum * 2 ** k;
}
