import fs, { type FileHandle } from 'node:fs/promises';
import type { Table as ArrowTable, RecordBatch, Vector } from 'apache-arrow';
import { isArray, isObject } from '../../checks/kinds.js';
import { checkArray } from '../../checks/lists.js';
import { invalid, quoted } from '../../checks/shown.js';
import { errorWith, isOutOfMemory, newArray } from '../../errors.js';
import { ofFiles } from '../../formats/files.js';
import { optional } from '../../packages.js';
import { type Column, type ColumnType, missingCode } from '../column.js';
import type { Chunk, Codes, Source } from '../source.js';
import { renewed, WordList } from '../words.js';
import { checkMetadata } from './arrow_metadata.js';

const load = () => optional<typeof import('apache-arrow')>('files of Arrow are read by means', 'apache-arrow');

type ArrowField = RecordBatch['schema']['fields'][number];

/** The numbers of types in the format. */
const typeIds = {
  int: 2,
  float: 3,
  text: 5,
  boolean: 6,
  date: 8,
  time: 9,
  timestamp: 10,
  largeText: 20,
  dictionary: -1,
};

/** Whether a value is a table or record batch of any copy of apache-arrow, or a list of batches. */
export const isArrow = (value: unknown): value is ArrowTable | RecordBatch | readonly RecordBatch[] =>
  isArray(value) ? isBatch(value[0]) : isBatch(value) || isTable(value);

const isBatch = (value: unknown): value is RecordBatch =>
  isObject(value) && 'schema' in value && 'numRows' in value && 'getChildAt' in value;

const isTable = (value: unknown): value is ArrowTable => isBatch(value) && 'batches' in value;

/** The rows of tables or record batches in memory. */
export async function arrowSource(from: ArrowTable | RecordBatch | readonly RecordBatch[]): Promise<Source> {
  const batches = isTable(from)
    ? from.batches
    : isArray(from)
      ? checkArray('the record batches', from, 'an array of record batches', (batch, i) => {
          if (!isBatch(batch)) throw invalid(`the record batch ${i}`, 'a record batch', batch);
          return batch;
        })
      : [from as RecordBatch];
  const fields = isTable(from) ? from.schema.fields : batches[0]!.schema.fields;
  const rows = batches.reduce((sum, { numRows }) => sum + numRows, 0);
  return { ...(await sourceOf('the Arrow table', fields, async function* () { yield* batches; })), rows }; // biome-ignore format: one line
}

/**
 * The rows of an Arrow file, in the format of files (Feather 2) or of streams, not compressed.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE`, `ERR_FILE`, `ERR_UNSUPPORTED_PLATFORM` without apache-arrow; TypeError
 *   `ERR_INVALID_ARGUMENT` for a column whose values a table can't contain.
 */
export async function arrowFileSource(path: string): Promise<Source> {
  await load();
  try {
    const source = await sourceOf(path, await fieldsOf(path), () => batchesOf(path));
    return { ...source, chunks: (codes) => ofFile(path, source.chunks(codes)) };
  } catch (error) {
    throw refusal(path, error);
  }
}

/** Chunks of a file. Damage may be found only when their values are decoded. */
async function* ofFile(path: string, chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  try {
    yield* chunks;
  } catch (error) {
    throw refusal(path, error);
  }
}

/** Opens a file for a reader of batches. */
async function* readersOf(path: string) {
  const { RecordBatchReader } = await load();
  const file = await ofFiles(`can't read ${path}`, () => fs.open(path));
  try {
    const { size } = await file.stat();
    const ends = Buffer.alloc(12);
    await file.read(ends, 0, 6, 0);
    await file.read(ends, 6, 6, Math.max(0, size - 6));
    const [begin, end] = [ends.toString('latin1', 0, 6), ends.toString('latin1', 6)];
    if (begin.startsWith('FEA1')) throw new Error('it is in version 1 of Feather; write it as version 2');
    if (begin === 'ARROW1' && end !== begin) throw new Error('it is cut off');
    await checkMetadata(bytesOf(readOnce(file, size), size), begin === 'ARROW1' ? 'file' : 'stream');
    const reader = await RecordBatchReader.from(readOnce(file, size));
    yield { reader: await reader.open(), size };
  } finally {
    await file.close().catch(() => {}); // the reader may have closed it
  }
}

/**
 * A file that can't be read more than about twice. A negative length makes apache-arrow go back and read for ever.
 */
function readOnce(file: FileHandle, size: number): FileHandle {
  let left = 2 * size;
  const read = (buffer: Uint8Array, offset: number, length: number, position: number) => {
    left -= length;
    if (left < 0) throw new Error('its lengths lead back to what has been read');
    return file.read(buffer, offset, length, position);
  };
  return { fd: file.fd, read, stat: () => file.stat(), close: () => file.close() } as unknown as FileHandle;
}

function bytesOf(file: FileHandle, size: number) {
  const read = async (position: number, length: number) => {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, position);
    return bytes.subarray(0, bytesRead);
  };
  return { size, read };
}

/** The error for a file that apache-arrow could not read. Our errors and those of the file system are unchanged. */
function refusal(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const isOfBuffers = code === 'ERR_OUT_OF_RANGE' && !isOutOfMemory(error);
  if (code?.startsWith('ERR_') && !isOfBuffers) return error;
  const reason = /codec|compress/i.test(message) ? 'it is compressed; write it uncompressed, or as Parquet' : message;
  return errorWith('ERR_CORRUPT_FILE', `${path} can't be read as Arrow: ${reason}`, error);
}

async function fieldsOf(path: string): Promise<readonly ArrowField[]> {
  for await (const { reader } of readersOf(path)) {
    if (!reader.schema) throw errorWith('ERR_CORRUPT_FILE', `${path} can't be read as Arrow: it has no schema`);
    return reader.schema.fields;
  }
  return [];
}

async function* batchesOf(path: string): AsyncGenerator<RecordBatch> {
  for await (const { reader, size } of readersOf(path))
    for await (const batch of reader) {
      if (batch.numRows > 8 * size) throw new Error(`a batch would have ${batch.numRows} rows`);
      yield batch;
    }
}

async function sourceOf(
  name: string,
  fields: readonly ArrowField[],
  batches: () => AsyncIterable<RecordBatch>,
): Promise<Source> {
  const names = fields.map((field) => field.name ?? ''); // names may be missing in a damaged file
  const types = fields.map((field, i) => typeOf(name, names[i]!, field));
  const large = await largeColumns(fields, batches);
  const own = names.map((name, i) => ({ name, type: large.has(i) ? ('word' as const) : types[i]! }));
  const repeated = own.find((field, i) => own.findIndex((other) => other.name === field.name) !== i);
  if (repeated) throw errorWith('ERR_CORRUPT_FILE', `${name}: two columns have the name ${quoted(repeated.name)}`);
  return { name, fields: own, chunks: (codes = 'lasting') => chunksOf(own, batches(), codes) };
}

function typeOf(name: string, column: string, field: ArrowField): ColumnType {
  const { typeId, dictionary } = field.type as { typeId: number; dictionary?: { typeId: number } };
  switch (typeId === typeIds.dictionary ? dictionary?.typeId : typeId) {
    case typeIds.int:
    case typeIds.float:
    case typeIds.time:
      return 'number';
    case typeIds.text:
    case typeIds.largeText:
      return 'word';
    case typeIds.boolean:
      return 'boolean';
    case typeIds.date:
    case typeIds.timestamp:
      return 'date';
    default:
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `${name}, column ${quoted(column)}: a table can't contain values of the type ${field.type}`,
      );
  }
}

/** The positions of columns with whole numbers beyond 2⁵³. */
async function largeColumns(fields: readonly ArrowField[], batches: () => AsyncIterable<RecordBatch>) {
  const large = new Set<number>();
  const isWide = ({ type }: ArrowField) =>
    type.typeId === typeIds.int && (type as { bitWidth?: number }).bitWidth === 64;
  const places = [...fields.keys()].filter((i) => isWide(fields[i]!));
  if (places.length === 0) return large;
  for await (const batch of batches())
    for (const place of places)
      for (const value of batch.getChildAt(place)!)
        if (value !== null && !Number.isSafeInteger(Number(value))) large.add(place);
  return large;
}

async function* chunksOf(
  fields: readonly { type: ColumnType }[],
  batches: AsyncIterable<RecordBatch>,
  codes: Codes,
): AsyncGenerator<Chunk> {
  let words = fields.map(() => new WordList());
  for await (const batch of batches) {
    const columns = fields.map(({ type }, i) => columnOf(batch.getChildAt(i)!, type, words[i]!));
    if (batch.numRows > 0) yield { rows: batch.numRows, columns };
    if (codes === 'passing') words = renewed(words);
  }
}

function columnOf(vector: Vector, type: ColumnType, words: WordList): Column {
  const { length } = vector;
  if (type === 'word') return { type, codes: codesOf(vector, words), words };
  const units = vector.type.typeId === typeIds.time ? 1000 ** ((vector.type as { unit?: number }).unit ?? 0) : 1;
  const values = newArray(Float64Array, length);
  if (vector.nullCount === 0 && isPlain(vector)) values.set(vector.toArray() as Float64Array);
  else
    for (let row = 0; row < length; ++row) {
      const value: unknown = vector.get(row);
      values[row] = value === null ? Number.NaN : Number(value) / units;
    }
  return { type, values: type === 'date' ? values.map(Math.floor) : values };
}

/** Whether values in memory are plain numbers: floats, and whole numbers of up to 32 bits. */
function isPlain({ type }: Vector): boolean {
  const { typeId, bitWidth = 0, precision = 0 } = type as { typeId: number; bitWidth?: number; precision?: number };
  return (typeId === typeIds.int && bitWidth <= 32) || (typeId === typeIds.float && precision > 0);
}

/** The codes of words. Each word of a dictionary is looked up once. */
function codesOf(vector: Vector, words: WordList): Uint32Array {
  const codes = newArray(Uint32Array, vector.length);
  const [data] = vector.data;
  if (vector.data.length !== 1 || !data?.dictionary) {
    for (let row = 0; row < codes.length; ++row) {
      const value: unknown = vector.get(row);
      codes[row] = value === null ? missingCode : words.add(String(value));
    }
    return codes;
  }
  const known = Uint32Array.from(data.dictionary, (word: unknown) =>
    word === null ? missingCode : words.add(String(word)),
  );
  const places = data.values as ArrayLike<number | bigint>;
  for (let row = 0; row < codes.length; ++row)
    codes[row] = vector.isValid(row) ? (known[Number(places[row])] ?? missingCode) : missingCode;
  return codes;
}
