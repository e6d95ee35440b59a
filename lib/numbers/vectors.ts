import type { FloatArray } from '../addon/index.js';
import { floats, typeOf } from './memory.js';

/** aᵀb, summed in double. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; ++i) sum += a[i]! * b[i]!;
  return sum;
}

/** ‖a‖, without overflow or underflow of squares. NaN or infinite only if an element is, or if ‖a‖ is out of range. */
export function norm(a: ArrayLike<number>): number {
  const plain = Math.sqrt(dot(a, a));
  if (plain > 1e-140 && plain < Infinity) return plain;
  let largest = 0;
  for (let i = 0; i < a.length; ++i) largest = Math.max(largest, Math.abs(a[i]!));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = 0; i < a.length; ++i) sum += (a[i]! / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** x + a·y, as a new array of the type of x. */
export function plus(x: FloatArray, a: number, y: ArrayLike<number>): FloatArray {
  const sum = floats(typeOf(x), x.length);
  for (let i = 0; i < sum.length; ++i) sum[i] = x[i]! + a * y[i]!;
  return sum;
}

/** x ← x + a·y. */
export function add(x: FloatArray, a: number, y: ArrayLike<number>): void {
  for (let i = 0; i < x.length; ++i) x[i]! += a * y[i]!;
}

/** a·x. */
export function scaled(a: number, x: FloatArray): FloatArray {
  const product = floats(typeOf(x), x.length);
  for (let i = 0; i < product.length; ++i) product[i] = a * x[i]!;
  return product;
}

/** ‖a − b‖. */
export function distance(a: FloatArray, b: FloatArray): number {
  return norm(plus(a, -1, b));
}

/** Index of the first number that is not finite, or −1. */
export function indexOfNonFinite(a: ArrayLike<number>): number {
  for (let i = 0; i < a.length; ++i) if (!Number.isFinite(a[i]!)) return i;
  return -1;
}
