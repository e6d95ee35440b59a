// The metadata of Arrow files are FlatBuffers: tables with offsets of other tables, vectors and texts. Several offsets may
// lead to the same place, so a few hundred bytes can describe a tree of any size. apache-arrow follows all of them.

/** A part of a table: a text, a vector by the size of its elements, a table, or a vector of tables. */
type Part = 'text' | number | Shape | readonly [Shape];

/** The parts of a table, by their numbers in the format. */
interface Shape {
  readonly parts: Readonly<Record<number, Part>>;
  /** A part of one of several shapes, and the number of the byte that selects the shape. */
  readonly choice?: { readonly by: number; readonly part: number; readonly of: Readonly<Record<number, Shape>> };
}

const plain: Shape = { parts: {} };
const keyValue: Shape = { parts: { 0: 'text', 1: 'text' } };
const timestamp: Shape = { parts: { 1: 'text' } };
const union: Shape = { parts: { 1: 4 } };
const dictionaryEncoding: Shape = { parts: { 1: plain } };
const fieldParts: Record<number, Part> = { 0: 'text', 4: dictionaryEncoding, 6: [keyValue] };
const field: Shape = { parts: fieldParts, choice: { by: 2, part: 3, of: { 10: timestamp, 14: union } } };
fieldParts[5] = [field]; // its children
const schema: Shape = { parts: { 1: [field], 2: [keyValue], 3: 8 } };
const recordBatch: Shape = { parts: { 1: 16, 2: 16, 4: 8 } };
const dictionaryBatch: Shape = { parts: { 1: recordBatch } };
const headers = { schema: 1, dictionaryBatch: 2, recordBatch: 3 };
const message: Shape = {
  parts: { 4: [keyValue] },
  choice: {
    by: 1,
    part: 2,
    of: { [headers.schema]: schema, [headers.dictionaryBatch]: dictionaryBatch, [headers.recordBatch]: recordBatch },
  },
};
const footer: Shape = { parts: { 1: schema, 2: 24, 3: 24, 4: [keyValue] } };

/** The most bytes that offsets may reach, as a multiple of the metadata. Writers may store equal texts once. */
const mostShared = 16;

/** A FlatBuffer whose offsets are followed as in apache-arrow. */
class FlatBuffer {
  readonly #view: DataView;
  /** The number of bytes that offsets may still reach. */
  #left: number;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = mostShared * bytes.byteLength;
  }

  /** Follows all offsets. @throws Error if one leads out of the metadata, or if all of them reach too many bytes. */
  check(shape: Shape): void {
    const tables: [number, Shape][] = [[this.#target(0), shape]]; // no recursion: tables may be nested deeply
    for (let next = tables.pop(); next; next = tables.pop()) {
      const [table, { parts, choice }] = next;
      this.#reach(4);
      for (const [number, part] of Object.entries(parts)) this.#follow(this.place(table, Number(number)), part, tables);
      if (!choice) continue;
      const by = this.place(table, choice.by);
      const chosen = choice.of[by === undefined ? 0 : this.#view.getUint8(by)] ?? plain;
      this.#follow(this.place(table, choice.part), chosen, tables);
    }
  }

  /** The position of a part of a table; undefined if the table lacks it. */
  place(table: number, number: number): number | undefined {
    const sizes = table - this.#view.getInt32(table, true);
    const at = 4 + 2 * number;
    const offset = at < this.#view.getInt16(sizes, true) ? this.#view.getInt16(sizes + at, true) : 0;
    return offset === 0 ? undefined : table + offset;
  }

  /** The root table's number of a width of 1 or 8 bytes. */
  number(number: number, width: 1 | 8): number {
    const place = this.place(this.#target(0), number);
    if (place === undefined) return 0;
    return width === 1 ? this.#view.getUint8(place) : Number(this.#view.getBigInt64(place, true));
  }

  /** The numbers at the beginning of each element of a vector of the root table. */
  vector(number: number, size: number): number[] {
    const place = this.place(this.#target(0), number);
    if (place === undefined) return [];
    const vector = this.#target(place);
    const length = this.#view.getInt32(vector, true);
    return Array.from({ length }, (_, i) => Number(this.#view.getBigInt64(vector + 4 + size * i, true)));
  }

  #follow(place: number | undefined, part: Part, tables: [number, Shape][]): void {
    if (place === undefined) return;
    const target = this.#target(place);
    if (typeof part === 'object' && !('length' in part)) {
      tables.push([target, part]);
      return;
    }
    const length = this.#view.getInt32(target, true);
    const size = part === 'text' ? 1 : typeof part === 'number' ? part : 4;
    if (length < 0 || target + 4 + size * length > this.#view.byteLength) throw new Error(damaged);
    this.#reach(4 + size * length);
    if (typeof part === 'object')
      for (let i = 0; i < length; ++i) tables.push([this.#target(target + 4 + 4 * i), part[0]]);
  }

  #target(place: number): number {
    return place + this.#view.getInt32(place, true);
  }

  #reach(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new Error('its metadata describe more data than they could contain');
  }
}

const damaged = 'its metadata are damaged';

/** A file, read at a position. */
interface Bytes {
  readonly size: number;
  read(position: number, length: number): Promise<Uint8Array>;
}

async function flatBuffer(file: Bytes, position: number, length: number, shape: Shape): Promise<FlatBuffer> {
  if (length < 0 || position < 0 || position + length > file.size) throw new Error(damaged);
  const buffer = new FlatBuffer(await file.read(position, length));
  try {
    buffer.check(shape);
  } catch (error) {
    throw error instanceof RangeError ? new Error(damaged) : error; // an offset beyond the view
  }
  return buffer;
}

/** The number of 4 bytes at a position, or 0 at the end of the file. */
async function wordAt(file: Bytes, position: number): Promise<number> {
  if (position < 0) throw new Error(damaged);
  if (position + 4 > file.size) return 0;
  return Buffer.from(await file.read(position, 4)).readInt32LE();
}

/** Checks a message. Returns where the next one begins in a stream, or undefined if none does. */
async function checkMessage(file: Bytes, position: number): Promise<number | undefined> {
  let begin = position + 4;
  let length = await wordAt(file, position);
  if (length === -1) {
    length = await wordAt(file, begin);
    begin += 4;
  }
  if (length === 0) return undefined;
  const buffer = await flatBuffer(file, begin, length, message);
  const hasBody = [headers.dictionaryBatch, headers.recordBatch].includes(buffer.number(1, 1));
  return begin + length + (hasBody ? Math.max(0, buffer.number(3, 8)) : 0);
}

/**
 * Checks, before apache-arrow reads a file, that its metadata don't describe far more data than they contain.
 *
 * @throws Error
 */
export async function checkMetadata(file: Bytes, format: 'file' | 'stream'): Promise<void> {
  if (format === 'stream') {
    for (let at: number | undefined = 0; at !== undefined; ) at = await checkMessage(file, at);
    return;
  }
  const end = file.size - 10; // the length of the footer, and ARROW1
  const length = await wordAt(file, end);
  const buffer = await flatBuffer(file, end - length, length, footer);
  for (const number of [2, 3]) for (const at of buffer.vector(number, 24)) await checkMessage(file, at);
}
