// A plain reader of TensorBoard's event files, which shares no code with the package.
import fs from 'node:fs';

/** CRC-32C by long division over GF(2): the message, reflected, times x³², with the first and last 32 bits inverted. */
export function divided(data: Uint8Array): number {
  const bits = [...data].flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> i) & 1));
  bits.push(...new Array<number>(32).fill(0));
  for (let i = 0; i < 32; ++i) bits[i]! ^= 1;
  const polynomial = 0x11edc6f41n.toString(2).split('').map(Number);
  for (let i = 0; i + 32 < bits.length; ++i) {
    if (bits[i] === 0) continue;
    for (const [j, bit] of polynomial.entries()) bits[i + j]! ^= bit;
  }
  const remainder = bits.slice(-32).map((bit) => bit ^ 1);
  return remainder.reduce((sum, bit, i) => sum + bit * 2 ** i, 0);
}

/** Fields of a message by number: whole numbers, 8 or 4 bytes, or bytes. */
type Fields = Map<number, (bigint | Buffer)[]>;

function fieldsOf(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const taken = (length: number) => {
    if (at + length > bytes.length) throw new Error('a field is cut off');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = Number(key & 7n);
    const value = wire === 0 ? varint() : taken(wire === 1 ? 8 : wire === 5 ? 4 : Number(varint()));
    const number = Number(key >> 3n);
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

const message = (fields: Fields, number: number) => fieldsOf(fields.get(number)![0] as Buffer);
const text = (fields: Fields, number: number) => (fields.get(number)![0] as Buffer).toString();

export interface ReadEvent {
  wallTime: number;
  step: number;
  fileVersion?: string;
  isStart?: boolean;
  scalars: Record<string, number>;
  texts: Record<string, string>;
}

function eventOf(bytes: Buffer): ReadEvent {
  const fields = fieldsOf(bytes);
  const event: ReadEvent = {
    wallTime: (fields.get(1)![0] as Buffer).readDoubleLE(),
    step: Number(fields.get(2)?.[0] ?? 0),
    scalars: {},
    texts: {},
  };
  if (fields.has(3)) event.fileVersion = text(fields, 3);
  if (fields.has(7)) event.isStart = message(fields, 7).get(1)![0] === 1n;
  for (const bytes of fields.has(5) ? message(fields, 5).get(1)! : []) {
    const value = fieldsOf(bytes as Buffer);
    if (value.has(2)) event.scalars[text(value, 1)] = (value.get(2)![0] as Buffer).readFloatLE();
    else {
      const [tensor, metadata] = [message(value, 8), message(value, 9)];
      expect([tensor.get(1)![0], message(message(tensor, 2), 2).get(1)![0]]).toEqual([7n, 1n]); // one string
      expect(text(message(metadata, 1), 1)).toBe('text');
      event.texts[text(value, 1)] = text(tensor, 8);
    }
  }
  return event;
}

/** The events of a file. Expects that all its records are complete. */
export function eventsIn(file: string): ReadEvent[] {
  const bytes = fs.readFileSync(file);
  const events: ReadEvent[] = [];
  const unmasked = (at: number) => {
    const rotated = (bytes.readUInt32LE(at) - 0xa282ead8) >>> 0;
    return ((rotated << 15) | (rotated >>> 17)) >>> 0;
  };
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(unmasked(at + 8)).toBe(divided(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(unmasked(at + 12 + length)).toBe(divided(data));
    events.push(eventOf(data));
    at += length + 16;
  }
  return events;
}
