/** Powers of ten that doubles represent exactly. */
const powers = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);

const [plus, minus, point, zero] = [43, 45, 46, 48];

const syntax = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const words = /^[+-]?(?:nan|inf|infinity)$/i;

/**
 * The decimal number in the bytes from `start` to `end`, correctly rounded; NaN or an infinity for `nan` and `inf`;
 * undefined if the bytes are not a number.
 */
export function decimalOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  const sign = bytes[start]!;
  let digits = 0;
  let fraction = 0;
  let at = sign === minus || sign === plus ? start + 1 : start;
  const first = at;
  let pointAt = -1;
  // An integer below 2⁵³ times or divided by an exact power of ten is rounded once.
  for (; at < end && at - first < 17; ++at) {
    const byte = bytes[at]!;
    const digit = byte - zero;
    if (digit >= 0 && digit <= 9) digits = 10 * digits + digit;
    else if (byte === point && pointAt < 0) pointAt = at;
    else break;
  }
  if (at < end || at - first - (pointAt < 0 ? 0 : 1) === 0 || digits > Number.MAX_SAFE_INTEGER)
    return slowly(bytes, start, end);
  if (pointAt >= 0) fraction = end - pointAt - 1;
  const value = digits / powers[fraction]!;
  return sign === minus ? -value : value;
}

function slowly(bytes: Uint8Array, start: number, end: number): number | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  if (syntax.test(text)) return Number(text);
  if (!words.test(text)) return undefined;
  if (/nan/i.test(text)) return Number.NaN;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
