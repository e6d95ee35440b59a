import { allocated, errorWith } from '../errors.js';
import { Pbf } from '../formats/pbf.js';
import { type Field, type MessageName, type OnnxModel, schema } from './schema.js';

/** Wire types of protocol buffers. */
const [varint, fixed64, lengthDelimited, fixed32] = [0, 1, 2, 5];

/** Deepest nesting of messages that is read: subgraphs of subgraphs, which nobody writes by hand. */
const deepest = 64;

type Message = Record<string, unknown> & { unknown?: Uint8Array[] };

export const corrupt = (what: string): Error => errorWith('ERR_CORRUPT_FILE', `not a valid ONNX file: ${what}`);

/**
 * Decodes a model. Tensors are views of the bytes.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE` if the bytes are not complete and consistent messages.
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  return new Decoder(bytes).message('model', bytes.length, 0) as unknown as OnnxModel;
}

class Decoder {
  readonly #bytes: Uint8Array;
  readonly #pbf: Pbf;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#pbf = new Pbf(bytes);
  }

  message(name: MessageName, end: number, depth: number): Message {
    if (depth > deepest) throw corrupt(`its messages are nested more than ${deepest} deep`);
    const fields = schema[name];
    const message: Message = {};
    for (const field of fields.values()) if (field.repeated) message[field.name] = [];
    while (this.#pbf.pos < end) {
      const start = this.#pbf.pos;
      const key = this.#varint();
      const [number, wire] = [Math.floor(key / 8), key % 8];
      const field = fields.get(number);
      if (field === undefined) {
        this.#skip(wire);
        this.#checkWithin(end);
        message.unknown ??= [];
        message.unknown.push(this.#bytes.subarray(start, this.#pbf.pos));
        continue;
      }
      const values = message[field.name] as unknown[];
      if (field.repeated && wire === lengthDelimited && isNumeric(field)) this.#packed(field, end, values);
      else {
        const value = this.#value(field, wire, end, depth);
        if (field.repeated) values.push(value);
        else message[field.name] = value;
      }
      this.#checkWithin(end);
    }
    return message;
  }

  #value({ name, type }: Field, wire: number, end: number, depth: number): unknown {
    const expected =
      type === 'int' ? varint : type === 'float' ? fixed32 : type === 'double' ? fixed64 : lengthDelimited;
    if (wire !== expected) throw corrupt(`${name} has the wrong wire type`);
    if (type === 'int') return this.#varint('signed');
    if (type === 'float' || type === 'double') {
      const width = type === 'float' ? 4 : 8;
      if (this.#pbf.pos + width > end) throw corrupt('a number is cut off');
      return type === 'float' ? this.#pbf.readFloat() : this.#pbf.readDouble();
    }
    const length = this.#varint();
    const from = this.#pbf.pos;
    if (from + length > end) throw corrupt(`${name} is cut off`);
    if (type !== 'string' && type !== 'bytes') return this.message(type, from + length, depth + 1);
    const bytes = this.#bytes.subarray(from, from + length);
    this.#pbf.pos = from + length;
    return type === 'bytes' ? bytes : this.#text(name, bytes);
  }

  #packed(field: Field, end: number, values: unknown[]): void {
    const length = this.#varint();
    const last = this.#pbf.pos + length;
    if (last > end) throw corrupt(`${field.name} is cut off`);
    const wire = field.type === 'int' ? varint : field.type === 'float' ? fixed32 : fixed64;
    while (this.#pbf.pos < last) values.push(this.#value(field, wire, last, 0));
    this.#checkWithin(last);
  }

  #varint(sign: 'signed' | 'unsigned' = 'unsigned'): number {
    try {
      return this.#pbf.readVarint(sign === 'signed');
    } catch {
      throw corrupt('a number is too long');
    }
  }

  #text(name: string, bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      throw corrupt(`${name} is not UTF-8`);
    }
  }

  #skip(wire: number): void {
    if (wire === varint) this.#varint();
    else if (wire === fixed64) this.#pbf.pos += 8;
    else if (wire === fixed32) this.#pbf.pos += 4;
    else if (wire === lengthDelimited) {
      const length = this.#varint();
      this.#pbf.pos += length;
    } else throw corrupt(`there is no wire type ${wire}`);
  }

  #checkWithin(end: number): void {
    if (this.#pbf.pos > end) throw corrupt('it is cut off');
  }
}

const isNumeric = ({ type }: Field) => type === 'int' || type === 'float' || type === 'double';

/** Encodes a model, with the fields that the schema does not name as they were. */
export function encodeModel(model: OnnxModel): Uint8Array {
  return encoded('model', model as unknown as Message);
}

function encoded(name: MessageName, message: Message): Uint8Array {
  const pbf = new Pbf();
  for (const [number, field] of schema[name]) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (!field.repeated) writeValue(pbf, number, field, value);
    else if (!isNumeric(field)) for (const one of value as unknown[]) writeValue(pbf, number, field, one);
    else if ((value as number[]).length > 0) {
      const packed = new Pbf();
      for (const one of value as number[]) writeNumber(packed, field, one);
      writeBytes(pbf, number, packed.finish());
    }
  }
  for (const bytes of message.unknown ?? []) append(pbf, bytes);
  return pbf.finish();
}

function writeValue(pbf: Pbf, number: number, field: Field, value: unknown): void {
  const { type } = field;
  if (type === 'string') pbf.writeStringField(number, value as string);
  else if (type === 'bytes') writeBytes(pbf, number, value as Uint8Array);
  else if (isNumeric(field)) {
    pbf.writeTag(number, type === 'int' ? varint! : type === 'float' ? fixed32! : fixed64!);
    writeNumber(pbf, field, value as number);
  } else writeBytes(pbf, number, encoded(type as MessageName, value as Message));
}

function writeNumber(pbf: Pbf, { type }: Field, value: number): void {
  if (type === 'int') pbf.writeVarint(value);
  else if (type === 'float') pbf.writeFloat(value);
  else pbf.writeDouble(value);
}

function writeBytes(pbf: Pbf, number: number, bytes: Uint8Array): void {
  pbf.writeTag(number, lengthDelimited!);
  pbf.writeVarint(bytes.length);
  append(pbf, bytes);
}

/** Copies bytes as one block; pbf's own methods copy them one by one. */
function append(pbf: Pbf, bytes: Uint8Array): void {
  allocated(bytes.length, () => pbf.realloc(bytes.length));
  pbf.buf.set(bytes, pbf.pos);
  pbf.pos += bytes.length;
}
