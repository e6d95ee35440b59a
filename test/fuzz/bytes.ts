import type { Draw } from './draw';

/** Numbers that readers may handle wrongly: limits of types, sizes that wrap around, values that are not numbers. */
export const awkwardNumbers = [
  0, -0, 1, -1, 2, 7, 8, 63, 64, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1,
  2 ** 32, 2 ** 32 + 1, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 2 ** 62, 2 ** 63, 2 ** 64, 1e300, 0.5, -0.5, 1e-310, Number.NaN,
  Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY,
]; // biome-ignore format: a list

/** Texts that readers may handle wrongly. */
const awkwardTexts = [
  ...awkwardNumbers.map(String),
  ...[
    '',
    ' ',
    '\n',
    '\r\n',
    ',',
    ';',
    '"',
    '""',
    "'",
    '\\',
    '\0',
    '[',
    ']',
    '{',
    '}',
    ':',
    '#',
    '-',
    '+',
    'e',
    '1e999',
  ],
  ...['null', 'true', '__proto__', 'constructor', 'toString', 'NaN', '\ud800', 'ä€😀', '\u2028', '\ufeff', '0x10'],
].map((text) => Buffer.from(text));

/** Longest input that mutations make. */
const longest = 2 ** 16;

/** Writes a difficult number in one of the formats of files. */
function writeNumber(bytes: Buffer, draw: Draw): void {
  const size = draw.of([1, 2, 4, 8] as const);
  if (bytes.length < size) return;
  const at = draw.chance(0.7)
    ? draw.below(Math.floor(bytes.length / size)) * size
    : draw.position(bytes.length - size + 1);
  const number = draw.of(awkwardNumbers);
  const isBigEndian = draw.chance(0.3);
  if (size === 4 && draw.chance(0.5)) bytes[isBigEndian ? 'writeFloatBE' : 'writeFloatLE'](number, at);
  else if (size === 8 && draw.chance(0.5)) bytes[isBigEndian ? 'writeDoubleBE' : 'writeDoubleLE'](number, at);
  else {
    const whole = BigInt.asUintN(8 * size, Number.isFinite(number) ? BigInt(Math.trunc(number)) : -1n);
    for (let i = 0; i < size; ++i)
      bytes[at + (isBigEndian ? size - 1 - i : i)] = Number((whole >> BigInt(8 * i)) & 255n);
  }
}

const spliced = (bytes: Buffer, from: number, to: number, between: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, from), between, bytes.subarray(to)]);

/** Replaces a decimal number in a text. */
function replaceDecimal(bytes: Buffer, draw: Draw): Buffer {
  const places = [...bytes.toString('latin1').matchAll(/-?\d[\d.eE+-]*/g)];
  if (places.length === 0) return bytes;
  const { index, 0: text } = draw.of(places);
  return spliced(bytes, index, index + text.length, Buffer.from(String(draw.of(awkwardNumbers))));
}

const changes: ((bytes: Buffer, draw: Draw, other: Uint8Array) => Buffer)[] = [
  (bytes, draw) => {
    bytes[draw.position(bytes.length)]! ^= 1 << draw.below(8);
    return bytes;
  },
  (bytes, draw) => {
    bytes[draw.position(bytes.length)] = draw.below(256);
    return bytes;
  },
  (bytes, draw) => {
    writeNumber(bytes, draw);
    return bytes;
  },
  (bytes, draw) => {
    const at = draw.position(bytes.length);
    return spliced(bytes, at, at + draw.below(16), draw.of(awkwardTexts));
  },
  (bytes, draw) => {
    const at = draw.position(bytes.length + 1);
    return spliced(bytes, at, at, draw.of(awkwardTexts));
  },
  replaceDecimal,
  // Removes, repeats or truncates a piece, or inserts one of another input.
  (bytes, draw) => {
    const at = draw.position(bytes.length);
    return spliced(bytes, at, at + 1 + draw.below(32), Buffer.alloc(0));
  },
  (bytes, draw) => {
    const at = draw.position(bytes.length);
    const piece = bytes.subarray(at, at + 1 + draw.below(64));
    return spliced(bytes, at, at, Buffer.concat(Array.from({ length: 1 + draw.below(3) }, () => piece)));
  },
  // One byte many times: work that grows with the square of a length takes seconds.
  (bytes, draw) => {
    const at = draw.position(bytes.length);
    return spliced(bytes, at, at, Buffer.alloc(1 << draw.below(16), bytes[at]));
  },
  (bytes, draw) => bytes.subarray(0, draw.below(bytes.length)),
  (bytes, draw, other) => {
    const [at, from] = [draw.position(bytes.length), draw.position(other.length)];
    return spliced(bytes, at, at + draw.below(32), other.subarray(from, from + draw.below(128)));
  },
];

/** A mutated copy of an input. `other` is another input, whose pieces can be inserted. */
export function mutateBytes(input: Uint8Array, draw: Draw, other: Uint8Array): Uint8Array {
  let bytes = Buffer.from(input);
  for (let times = 1 + draw.below(draw.of([1, 1, 2, 4])); times > 0; --times)
    bytes = Buffer.from(bytes.length === 0 ? draw.of(awkwardTexts) : draw.of(changes)(bytes, draw, other));
  return Uint8Array.from(bytes.subarray(0, longest));
}
