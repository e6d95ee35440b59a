import { randomBytes } from 'node:crypto';
import fs, { type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import {
  addon,
  type NativeDataset,
  type NativeFileArray,
  type NativePart,
  type NativeSection,
} from '../addon/index.js';
import { isArray, isObject } from '../checks/kinds.js';
import { errorWith } from '../errors.js';
import { withSource, writeAtomically, writePiece } from '../formats/files.js';
import type { Source } from '../formats/source.js';
import type { BlockDescription } from './blocks.js';
import { mostColumns } from './table.js';

// Files of datasets. Numbers are little-endian.
//
//   byte 0    "glissade", then as 32-bit numbers the version of the format, 1, and the CRC-32 of the description, then
//             as 64-bit numbers where the description begins, and its length
//   byte 64   sections, each aligned to 64 bytes: the arrays of the dataset as they are in memory
//   the end   the description, JSON: number of rows, and for each part its name, kind, columns, and for each of its arrays
//             the section's offset, bytes and CRC-32
//
// Parts are the input blocks in order, then `targets`, then `weights`. A dense part has `numbers`; a categorical one
// `codes`; a sparse one `offsets` (0, then the end of each row), `indices`, and where they are not all 1 or all 0
// `values` and `rests`.

const magic = 'glissade';
const version = 1;
const alignment = 64;

/** Bytes that are read or written at a time. */
const pieceSize = 4 * 2 ** 20;

/** Sparse rows that are written at a time. */
const rowsAtOnce = 4096;

interface FileSection extends NativeSection {
  crc32: number;
}

/** A part as the description has it. */
interface FilePart {
  name: string;
  kind: BlockDescription['kind'];
  columns: number;
  type?: string;
  scale?: number;
  /** Null stands for infinity. */
  largest: number | null;
  cardinalities?: number[];
  longest?: number;
  entries?: number;
  sections: { [array in NativeFileArray]?: FileSection };
}

interface Description {
  rows: number;
  blocks: number;
  parts: FilePart[];
}

/** What a dataset reads of the file that it is over. */
export interface FileShape {
  blocks: readonly BlockDescription[];
  columns: number;
  targetColumns: number;
}

const corrupt = (what: string): Error => errorWith('ERR_CORRUPT_FILE', `the file is damaged: ${what}`);

/** An array that is being written: at first to a file beside the dataset's, unless it is the first array. */
class GrowingSection {
  bytes = 0;
  checksum = 0;
  readonly #file: FileHandle;
  readonly #begin: number;

  constructor(file: FileHandle, begin: number) {
    this.#file = file;
    this.#begin = begin;
  }

  async write(piece: Uint8Array): Promise<void> {
    await writePiece(this.#file, piece, this.#begin + this.bytes);
    this.checksum = crc32(piece, this.checksum);
    this.bytes += piece.length;
  }

  /** Copies what was written beside the file into it. */
  async moveTo(file: FileHandle, offset: number): Promise<void> {
    if (file === this.#file) return;
    const buffer = new Uint8Array(Math.min(pieceSize, this.bytes));
    for (let at = 0; at < this.bytes; ) {
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.length, this.bytes - at), at);
      if (bytesRead === 0) throw errorWith('ERR_FILE', 'a temporary file was cut off by another process');
      await writePiece(file, buffer.subarray(0, bytesRead), offset + at);
      at += bytesRead;
    }
  }
}

interface GrowingPart {
  like: NativePart;
  arrays: Map<NativeFileArray, GrowingSection>;
  largest: number;
  longest: number;
  entries: number;
}

/**
 * Writes rows into a file with several arrays that grow together. The first array grows in the file itself, the others
 * in nameless temporary files, which are copied into it at the end.
 */
class DatasetFileWriter {
  #rows = 0;
  readonly #file: FileHandle;
  readonly #folder: string;
  readonly #handles: FileHandle[] = [];
  #parts: GrowingPart[] | undefined;
  #blocks = 0;

  constructor(file: FileHandle, target: string) {
    this.#file = file;
    this.#folder = path.dirname(target);
  }

  /** Appends all rows of a dataset. All datasets must have the same parts. */
  async append(native: NativeDataset): Promise<void> {
    const likes = native.describe();
    if (!this.#parts) {
      this.#blocks = likes.filter(({ name }) => /^inputs(\.|$)/.test(name)).length;
      this.#parts = likes.map((like) => ({ like, arrays: new Map(), largest: 0, longest: 0, entries: 0 }));
    }
    const rows = native.rows();
    for (const [i, part] of this.#parts.entries()) {
      const like = likes[i]!;
      part.largest = Math.max(part.largest, like.largest);
      for (const array of await this.#arraysOf(part, like)) {
        const section = part.arrays.get(array)!;
        const each = like.kind === 'sparse' ? rowsAtOnce : Math.max(1, Math.floor(pieceSize / (8 * like.columns)));
        let before = part.entries;
        for (let from = 0; from < rows; from += each) {
          const piece = native.fileRows(i, array, from, Math.min(rows, from + each), before);
          if (array === 'offsets') {
            const ends = new BigUint64Array(piece.buffer, piece.byteOffset, piece.length / 8);
            for (const end of ends) {
              part.longest = Math.max(part.longest, Number(end) - before);
              before = Number(end);
            }
          }
          await section.write(piece);
        }
      }
      if (like.kind === 'sparse') part.entries = part.arrays.get('indices')!.bytes / 4;
    }
    this.#rows += rows;
  }

  /** The arrays of a part that rows like these are written to. Arrays that begin late are filled up first. */
  async #arraysOf(part: GrowingPart, like: NativePart): Promise<NativeFileArray[]> {
    if (like.kind === 'dense') return this.#ready(part, ['numbers']);
    if (like.kind === 'categorical') return this.#ready(part, ['codes']);
    if (!part.arrays.has('offsets')) {
      await this.#ready(part, ['offsets', 'indices']);
      await part.arrays.get('offsets')!.write(new Uint8Array(8));
    }
    for (const [array, isThere, otherwise] of [
      ['values', like.hasValues, 1],
      ['rests', like.hasRests, 0],
    ] as const) {
      if (!isThere || part.arrays.has(array)) continue;
      await this.#ready(part, [array]);
      for (let left = part.entries; left > 0; left -= pieceSize / 4) {
        const fill = new Float32Array(Math.min(left, pieceSize / 4)).fill(otherwise);
        await part.arrays.get(array)!.write(new Uint8Array(fill.buffer));
      }
    }
    return [...part.arrays.keys()];
  }

  async #ready(part: GrowingPart, arrays: NativeFileArray[]): Promise<NativeFileArray[]> {
    for (const array of arrays) {
      if (part.arrays.has(array)) continue;
      const isFirst = this.#handles.length === 0;
      const handle = isFirst ? this.#file : await besideFile(this.#folder);
      this.#handles.push(handle);
      part.arrays.set(array, new GrowingSection(handle, isFirst ? alignment : 0));
    }
    return arrays;
  }

  /** Copies all arrays into the file, and writes its description. */
  async finish(): Promise<void> {
    let at = alignment;
    const parts: FilePart[] = [];
    for (const { like, arrays, largest, longest, entries } of this.#parts!) {
      const sections: FilePart['sections'] = {};
      for (const [array, section] of arrays) {
        await section.moveTo(this.#file, at);
        sections[array] = { offset: at, bytes: section.bytes, crc32: section.checksum };
        at = Math.ceil((at + section.bytes) / alignment) * alignment;
      }
      const { name, kind, columns, type, scale } = like;
      parts.push({
        name,
        kind,
        columns,
        ...(kind === 'dense' ? { type: type!, scale: scale! } : {}),
        largest: Number.isFinite(largest) ? largest : null,
        ...(like.cardinalities ? { cardinalities: [...like.cardinalities] } : {}),
        ...(kind === 'sparse' ? { longest, entries } : {}),
        sections,
      });
    }
    const description = Buffer.from(
      JSON.stringify({ rows: this.#rows, blocks: this.#blocks, parts } satisfies Description),
    );
    await writePiece(this.#file, description, at);
    const head = Buffer.alloc(alignment);
    head.write(magic, 'latin1');
    head.writeUInt32LE(version, 8);
    head.writeUInt32LE(crc32(description), 12);
    head.writeBigUInt64LE(BigInt(at), 16);
    head.writeBigUInt64LE(BigInt(description.length), 24);
    await writePiece(this.#file, head, 0);
  }

  /** Closes the temporary files, which then disappear. */
  async close(): Promise<void> {
    for (const handle of this.#handles.slice(1)) await handle.close().catch(() => {});
  }
}

/** A file without a name, which disappears once it is closed. */
async function besideFile(folder: string): Promise<FileHandle> {
  const name = path.join(folder, `.glissade-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await fs.open(name, 'wx+');
  await fs.rm(name);
  return handle;
}

/**
 * Writes the rows of datasets, one after another, to a file: the whole file or none. The datasets are disposed of
 * unless they are `kept`.
 *
 * @throws GlissadeError `ERR_FILE`; the errors of the datasets.
 */
export function writeDatasetFile(
  target: string,
  datasets: AsyncIterable<NativeDataset> | readonly [kept: NativeDataset],
): Promise<void> {
  return writeAtomically(target, async (file) => {
    const writer = new DatasetFileWriter(file, target);
    try {
      for await (const native of datasets) {
        await writer.append(native);
        if (!isArray(datasets)) native.dispose();
      }
      await writer.finish();
    } finally {
      await writer.close();
    }
  });
}

/**
 * Maps the file of a dataset after it has been read and checked as a whole.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE`, `ERR_FILE`
 */
export async function mapDatasetFile(file: string): Promise<{ native: NativeDataset; shape: FileShape }> {
  const description = await withSource('path', file, async (source) => {
    const given = checkDescription(await descriptionOf(source));
    await checkSections(source, given);
    return given;
  });
  const { rows, parts, blocks } = description;
  const native = addon.mapDataset({
    path: file,
    rows,
    blocks: parts.slice(0, blocks).map(nativePart),
    targets: parts[blocks] && nativePart(parts[blocks]),
    weights: parts[blocks + 1] && nativePart(parts[blocks + 1]!),
  });
  const each = Math.max(1, Math.floor(pieceSize / bytesOfRow(description)));
  for (let from = 0; from < rows; from += each) {
    native.check(from, Math.min(rows, from + each));
    await nextTurn();
  }
  return { native, shape: shapeOf(description) };
}

function nativePart({ sections, largest, cardinalities, ...part }: FilePart) {
  return {
    ...part,
    largest: largest ?? Number.POSITIVE_INFINITY,
    cardinalities: cardinalities && Uint32Array.from(cardinalities),
    numbers: (sections.numbers ?? sections.codes ?? sections.offsets)!,
    indices: sections.indices,
    values: sections.values,
    rests: sections.rests,
  };
}

const bytesOfRow = ({ rows, parts }: Description): number =>
  Math.max(
    1,
    Math.ceil(
      parts.flatMap(({ sections }) => Object.values(sections)).reduce((sum, { bytes }) => sum + bytes, 0) / rows,
    ),
  );

function shapeOf({ parts, blocks }: Description): FileShape {
  const descriptions = parts.slice(0, blocks).map(({ name, kind, columns, cardinalities }) =>
    Object.freeze({
      name: name.startsWith('inputs.') ? name.slice('inputs.'.length) : name,
      kind,
      columns,
      ...(cardinalities && { cardinalities: Object.freeze(cardinalities) }),
    }),
  );
  return {
    blocks: Object.freeze(descriptions),
    columns: descriptions.reduce((sum, block) => sum + block.columns, 0),
    targetColumns: parts[blocks]?.columns ?? 0,
  };
}

async function descriptionOf(source: Source): Promise<unknown> {
  const head = Buffer.alloc(alignment);
  if (source.size < alignment) throw errorWith('ERR_CORRUPT_FILE', 'the file is not a dataset: it is too short');
  await source.read(0, head);
  if (head.toString('latin1', 0, 8) !== magic)
    throw errorWith('ERR_CORRUPT_FILE', 'the file is not a dataset that dataset.spill wrote');
  const given = head.readUInt32LE(8);
  if (given !== version)
    throw errorWith('ERR_CORRUPT_FILE', `the file has version ${given} of the format; this version reads ${version}`);
  const [offset, length] = [Number(head.readBigUInt64LE(16)), Number(head.readBigUInt64LE(24))];
  if (!(offset >= alignment && length > 0 && offset + length === source.size))
    throw corrupt('it is cut off, or its head is wrong');
  const bytes = Buffer.alloc(length);
  await source.read(offset, bytes);
  if (crc32(bytes) !== head.readUInt32LE(12)) throw corrupt('its description has changed');
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw corrupt('its description is not JSON');
  }
}

const isCount = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

const bytesOfType: { [type: string]: number } = { float32: 4, float64: 8, uint8: 1, bfloat16: 2 };

/** Checks that a description is complete, and that its sections have the lengths that it gives. */
function checkDescription(given: unknown): Description {
  const { rows, blocks, parts } = (isObject(given) ? given : {}) as Partial<Description>;
  if (
    !isCount(rows, 1, 2 ** 32 - 1) ||
    !isArray(parts) ||
    !isCount(blocks, 1, parts.length) ||
    parts.length > blocks + 2
  )
    throw corrupt('its description is incomplete');
  for (const [i, part] of parts.entries()) checkPart(part, rows, i < blocks ? 'input' : 'numbers');
  return { rows, blocks, parts };
}

/** Checks a part: an input block of any kind, or targets or weights, which are numbers. */
function checkPart(part: FilePart, rows: number, place: 'input' | 'numbers'): void {
  const { name, kind, columns, type, scale, largest, cardinalities, longest, entries, sections } = (
    isObject(part) ? part : {}
  ) as Partial<FilePart>;
  const fail = () => corrupt(`the description of ${typeof name === 'string' ? name : 'a part'} is wrong`);
  if (typeof name !== 'string' || !isCount(columns, 1, mostColumns) || !isObject(sections)) throw fail();
  if (largest !== null && !(typeof largest === 'number' && largest >= 0)) throw fail();
  const expected: { [array in NativeFileArray]?: number } = {};
  if (kind === 'dense') {
    if (typeof type !== 'string' || !Object.hasOwn(bytesOfType, type) || !Number.isFinite(scale)) throw fail();
    expected.numbers = rows * columns * bytesOfType[type]!;
  } else if (kind === 'categorical' && place === 'input') {
    if (!isArray(cardinalities) || cardinalities.length !== columns) throw fail();
    if (!cardinalities.every((count) => isCount(count, 1, mostColumns))) throw fail();
    expected.codes = rows * columns * 4;
  } else if (kind === 'sparse' && place === 'input') {
    if (!isCount(entries, 0, Number.MAX_SAFE_INTEGER / 8) || !isCount(longest, 0, entries)) throw fail();
    expected.offsets = (rows + 1) * 8;
    expected.indices = entries * 4;
    for (const array of ['values', 'rests'] as const) if (array in sections) expected[array] = entries * 4;
  } else throw fail();
  if (Object.keys(sections).length !== Object.keys(expected).length) throw fail();
  for (const [array, bytes] of Object.entries(expected)) {
    const section = (sections as { [array: string]: Partial<FileSection> | undefined })[array];
    if (!section || section.bytes !== bytes || !isCount(section.offset, alignment, Number.MAX_SAFE_INTEGER))
      throw fail();
    if (section.offset % alignment !== 0) throw fail();
  }
}

/** Reads all sections and compares their checksums. */
async function checkSections(source: Source, { parts }: Description): Promise<void> {
  for (const { name, sections } of parts)
    for (const [array, { offset, bytes, crc32: expected }] of Object.entries(sections)) {
      if (offset + bytes > source.size) throw corrupt(`the ${array} of ${name} lie beyond its end`);
      const buffer = new Uint8Array(Math.min(pieceSize, bytes));
      let checksum = 0;
      for (let at = 0; at < bytes; at += buffer.length) {
        const piece = buffer.subarray(0, bytes - at);
        await source.read(offset + at, piece);
        checksum = crc32(piece, checksum);
      }
      if (checksum !== expected) throw corrupt(`the ${array} of ${name} have changed`);
    }
}
