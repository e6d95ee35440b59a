import type { StateArray } from '../../lib/optimizers/state';

/** Number of bytes with a common scale. */
const block = 256;

const bits = new DataView(new ArrayBuffer(4));

export function bfloat16Value(code: number): number {
  bits.setUint16(0, code);
  bits.setUint16(2, 0);
  return bits.getFloat32(0);
}

/** The nearest bfloat16 number, which has 8 significant bits; ties go to the even one. */
export function nearestBfloat16(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 7);
  const [whole, rest] = [Math.floor(x / unit), x / unit - Math.floor(x / unit)];
  return unit * (rest > 0.5 || (rest === 0.5 && whole % 2 !== 0) ? whole + 1 : whole);
}

/** The bits of a bfloat16 number. */
export function bfloat16Code(value: number): number {
  bits.setFloat32(0, value);
  return bits.getUint16(0);
}

/** Magnitudes that a byte encodes, relative to the unit: eight per octave, from `least` on, minus `least`. */
const sizes = (isSigned: boolean): number[] => {
  const least = isSigned ? 2 ** -15 : 2 ** -31;
  return Array.from({ length: isSigned ? 128 : 256 }, (_, code) =>
    Math.fround((1 + (code % 8) / 8) * 2 ** Math.floor(code / 8) * least - least),
  );
};
const tables = { signed: sizes(true), unsigned: sizes(false) };

/** The decoded numbers of a state, and their neighbours in its format. */
export interface Decoded {
  values: Float64Array;
  /** Neighbours towards 0; `farther` are those away from it. */
  nearer: Float64Array;
  farther: Float64Array;
}

const blank = (length: number): Decoded => ({
  values: new Float64Array(length),
  nearer: new Float64Array(length),
  farther: new Float64Array(length),
});

export function decoded(codes: StateArray, scales: StateArray | undefined, isSigned: boolean): Decoded {
  const result = blank(codes.length);
  const { values, nearer, farther } = result;
  const table = tables[isSigned ? 'signed' : 'unsigned'];
  for (const [i, code] of codes.entries()) {
    if (scales === undefined) {
      values[i] = bfloat16Value(code);
      nearer[i] = bfloat16Value((code & 0x7fff) === 0 ? code : code - 1);
      farther[i] = bfloat16Value(code + 1);
      continue;
    }
    const [size, sign] = isSigned ? [code & 127, code < 128 ? 1 : -1] : [code, 1];
    const unit = sign * scales[Math.floor(i / block)]!;
    values[i] = Math.fround(table[size]! * unit);
    nearer[i] = table[Math.max(0, size - 1)]! * unit;
    farther[i] = table[Math.min(table.length - 1, size + 1)]! * unit;
  }
  return result;
}
