import { newArray } from '../errors.js';
/** IEEE half-precision numbers, given as bits, in float32, which represents them exactly. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  const numbers = newArray(Float32Array, bits.length);
  for (let i = 0; i < numbers.length; ++i) {
    const [sign, exponent, fraction] = [bits[i]! >> 15 ? -1 : 1, (bits[i]! >> 10) & 31, bits[i]! & 1023];
    if (exponent === 31) numbers[i] = fraction ? Number.NaN : sign * Infinity;
    else numbers[i] = sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  }
  return numbers;
}
