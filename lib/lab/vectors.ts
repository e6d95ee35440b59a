import type { FloatArray } from '../index.js';

/** aᵀb. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; ++i) sum += a[i]! * b[i]!;
  return sum;
}

export const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

/** x + a·y, as a new array of the type of x. */
export const plus = (x: FloatArray, a: number, y: ArrayLike<number>): FloatArray => x.map((one, i) => one + a * y[i]!);

/** ‖a − b‖. */
export const distance = (a: FloatArray, b: ArrayLike<number>): number => norm(plus(a, -1, b));
