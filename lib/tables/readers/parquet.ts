import { quoted } from '../../checks/shown.js';
import { rangeOfRank } from '../../distributed/ranks.js';
import { allocated, errorWith } from '../../errors.js';
import { openFile } from '../../formats/files.js';
import { type Column, type ColumnType, missingCode, pieceOf } from '../column.js';
import type { Chunk, Codes, Source } from '../source.js';
import { renewed, WordList } from '../words.js';
import { nestedColumn } from './duckdb.js';
import {
  type ColumnData,
  compressors,
  type FileMetaData,
  parquetHeader,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from './parquet_package.js';
import { nameOfPart } from './parts.js';

/** Rows of a chunk. The rows of a row group are decoded together. */
const chunkRows = 65_536;

/** The most bytes of a page. Writers make pages of about 1 MB. */
const largestPage = 2 ** 28;

type File = Awaited<ReturnType<typeof openFile>>;
type SchemaElement = FileMetaData['schema'][number];
type RowGroup = FileMetaData['row_groups'][number];

/** A column and the conversion of its values. */
interface ParquetColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** The divisor of numbers: units per second. */
  readonly units: number;
}

/**
 * A Parquet file, read by hyparquet, a row group at a time. A column with whole numbers beyond 2⁵³ becomes a column of words.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE`, `ERR_FILE`; TypeError `ERR_INVALID_ARGUMENT` for a nested column.
 */
export async function smallParquetSource(path: string): Promise<Source> {
  return using(path, async (file) => {
    const metadata = await parquetMetadataAsync(bufferOf(file));
    checkRows(metadata);
    const { children } = parquetSchema(metadata);
    const columns: ParquetColumn[] = [];
    for (const { element, children: parts } of children) {
      const type = parts.length > 0 || element.repetition_type === 'REPEATED' ? undefined : typeOf(element);
      if (type === undefined) throw nestedColumn(path, element.name);
      const isBeyond = element.type === 'INT64' && type === 'number' && !element.converted_type?.startsWith('DECIMAL');
      const column = { name: element.name, type, units: unitsOf(element) };
      columns.push(isBeyond && (await hasLarge(file, metadata, column)) ? { ...column, type: 'word' } : column);
    }
    return sourceOf(path, metadata, columns);
  });
}

function sourceOf(path: string, metadata: FileMetaData, columns: readonly ParquetColumn[]): Source {
  const rows = Number(metadata.num_rows);
  const fields = columns.map(({ name, type }) => ({ name, type }));
  return {
    name: path,
    fields,
    rows,
    chunks: (codes = 'lasting') => chunksOf(path, metadata, columns, codes, { begin: 0, end: rows }),
    part: async (ranks) => {
      const range = rangeOfRank(rows, ranks);
      return {
        name: nameOfPart(path, ranks),
        fields,
        rows: range.end - range.begin,
        chunks: (codes = 'lasting') => chunksOf(path, metadata, columns, codes, range),
      };
    },
    only: (names) =>
      sourceOf(
        path,
        metadata,
        names.map((wanted) => columns.find(({ name }) => name === wanted)!),
      ),
  };
}

/** Opens a file for some work, with our own messages for errors. */
async function using<T>(path: string, work: (file: File) => Promise<T>): Promise<T> {
  const file = await openFile(path);
  try {
    return await work(file);
  } catch (error) {
    throw refusal(path, error as Error);
  } finally {
    await file.close();
  }
}

const refusal = (path: string, error: Error & { code?: unknown }): Error =>
  typeof error.code !== 'string' // errors of decompressors have numbers as codes
    ? errorWith('ERR_CORRUPT_FILE', `${path} is not a Parquet file, or is damaged: ${error.message}`, error)
    : error;

const bufferOf = (file: File) => ({
  byteLength: file.size,
  async slice(start: number, end = file.size): Promise<ArrayBuffer> {
    const length = end - start;
    if (!(start >= 0 && length >= 0 && end <= file.size)) throw new Error(`it refers to bytes beyond its end`);
    const bytes = allocated(length, () => new Uint8Array(length));
    await file.read(start, bytes);
    return bytes.buffer as ArrayBuffer;
  },
});

function checkRows({ num_rows: rows, row_groups: groups }: FileMetaData): void {
  const sum = groups.reduce((total, group) => total + Number(group.num_rows), 0);
  if (sum !== Number(rows)) throw new Error(`its ${groups.length} groups have ${sum} rows, not ${rows}`);
}

/** The type of a column; undefined for nested values and bytes. */
function typeOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): ColumnType | undefined {
  if (type === 'BOOLEAN') return 'boolean';
  if (type === 'INT96' || /^(DATE|TIMESTAMP)/.test(converted ?? '') || logical?.type === 'TIMESTAMP') return 'date';
  if (converted === 'DECIMAL' || logical?.type === 'FLOAT16') return 'number';
  if (type === 'BYTE_ARRAY') return /BSON|GEO/.test(`${converted} ${logical?.type}`) ? undefined : 'word';
  if (type === 'FIXED_LEN_BYTE_ARRAY') return logical?.type === 'UUID' ? 'word' : undefined;
  return 'number';
}

/** The divisor of a column: times of day become seconds; other numbers stay the same. */
function unitsOf({ converted_type: converted, logical_type: logical }: SchemaElement): number {
  const unit = logical?.type === 'TIME' ? logical.unit : undefined;
  if (converted === 'TIME_MILLIS' || unit === 'MILLIS') return 1e3;
  if (converted === 'TIME_MICROS' || unit === 'MICROS') return 1e6;
  return unit === 'NANOS' ? 1e9 : 1;
}

/** Whether a column has whole numbers beyond 2⁵³, by its statistics if it has them. */
async function hasLarge(file: File, metadata: FileMetaData, column: ParquetColumn): Promise<boolean> {
  const isLarge = (value: unknown) => Math.abs(Number(value)) > Number.MAX_SAFE_INTEGER;
  for (const place of metadata.row_groups.keys()) {
    const { statistics } = chunkOf(metadata.row_groups[place]!, column.name);
    const bounds = [statistics?.min_value ?? statistics?.min, statistics?.max_value ?? statistics?.max];
    if (bounds.every((bound) => bound !== undefined)) {
      if (bounds.some(isLarge)) return true;
    } else {
      const { values } = await columnOf(file, metadata, place, column, new WordList());
      if (values.some(isLarge)) return true;
    }
  }
  return false;
}

async function* chunksOf(
  path: string,
  metadata: FileMetaData,
  columns: readonly ParquetColumn[],
  codes: Codes,
  range: { begin: number; end: number },
): AsyncGenerator<Chunk> {
  const file = await openFile(path);
  try {
    let words = columns.map(() => new WordList());
    let before = 0;
    for (const [place, { num_rows: count }] of metadata.row_groups.entries()) {
      const first = before;
      before += Number(count);
      const [from, to] = [Math.max(range.begin - first, 0), Math.min(range.end - first, Number(count))];
      if (from >= to) continue;
      const whole: Column[] = [];
      for (const [i, column] of columns.entries()) {
        const read = await columnOf(file, metadata, place, column, words[i]!);
        whole.push(
          column.type === 'word'
            ? { type: 'word', codes: read.codes, words: words[i]! }
            : { type: column.type, values: read.values },
        );
      }
      for (let begin = from; begin < to; begin += chunkRows) {
        const end = Math.min(begin + chunkRows, to);
        yield { rows: end - begin, columns: whole.map((column) => pieceOf(column, begin, end)) };
      }
      if (codes === 'passing') words = renewed(words);
    }
  } catch (error) {
    throw refusal(path, error as Error);
  } finally {
    await file.close();
  }
}

const nothing = { values: new Float64Array(0), codes: new Uint32Array(0) };
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The values of a column in a row group: codes for words, else numbers. */
async function columnOf(
  file: File,
  metadata: FileMetaData,
  place: number,
  { name, type, units }: ParquetColumn,
  words: WordList,
): Promise<{ values: Float64Array; codes: Uint32Array }> {
  const groups = metadata.row_groups;
  const rowStart = groups.slice(0, place).reduce((sum, group) => sum + Number(group.num_rows), 0);
  const rows = Number(groups[place]!.num_rows);
  const chunk = await checkedChunk(file, groups[place]!, name);
  const into =
    type === 'word'
      ? { ...nothing, codes: allocated(rows, () => new Uint32Array(rows)) }
      : { ...nothing, values: allocated(rows, () => new Float64Array(rows)) };
  let filled = 0;
  let failure: unknown;
  const codeOf = (value: unknown) => (typeof value === 'bigint' ? words.add(String(value)) : (value as number));
  const take = ({ columnData, rowStart: at }: ColumnData) => {
    const begin = at - rowStart;
    filled += columnData.length;
    if (begin + columnData.length > rows) throw new Error(`the column ${quoted(name)} has more rows than its group`);
    if (type === 'word')
      for (let i = 0; i < columnData.length; ++i) {
        const value: unknown = columnData[i];
        into.codes[begin + i] = value === undefined || value === null ? missingCode : codeOf(value);
      }
    else copyNumbers(columnData, into.values.subarray(begin), units);
  };
  // hyparquet calls this from a promise that nobody awaits, so an uncaught error would end the process.
  const onChunk = (chunk: ColumnData) => {
    try {
      take(chunk);
    } catch (error) {
      failure ??= error;
    }
  };
  await parquetRead({
    file: chunk,
    metadata,
    columns: [name],
    rowStart,
    rowEnd: rowStart + rows,
    compressors,
    parsers: parsersTo(words),
    onChunk,
  });
  if (failure !== undefined) throw failure;
  if (filled !== rows) throw new Error(`the column ${quoted(name)} has ${filled} rows, but its group has ${rows}`);
  return into;
}

/** Turns texts into codes and dates into milliseconds, instead of strings and objects. */
function parsersTo(words: WordList) {
  const code = (text: string) => words.add(text);
  const parsers = {
    timestampFromMilliseconds: (time: bigint) => Number(time),
    timestampFromMicroseconds: (time: bigint) => Math.floor(Number(time) / 1e3),
    timestampFromNanoseconds: (time: bigint) => Math.floor(Number(time / 1000n) / 1e3),
    dateFromDays: (days: number) => days * 86_400_000,
    stringFromBytes: (bytes: Uint8Array | undefined) => bytes && code(decoder.decode(bytes)),
    jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && code(decoder.decode(bytes)),
    uuidFromBytes: (bytes: Uint8Array | undefined) =>
      bytes &&
      code(
        Buffer.from(bytes)
          .toString('hex')
          .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
      ),
  };
  return parsers as unknown as NonNullable<Parameters<typeof parquetRead>[0]['parsers']>;
}

function copyNumbers(from: ArrayLike<unknown>, into: Float64Array, units: number): void {
  for (let i = 0; i < from.length; ++i) {
    const value = from[i];
    into[i] = value === undefined || value === null ? Number.NaN : Number(value) / units;
  }
}

function chunkOf({ columns }: RowGroup, name: string) {
  const chunk = columns.find(({ meta_data: meta }) => meta?.path_in_schema[0] === name)?.meta_data;
  if (!chunk) throw new Error(`a group has no column ${quoted(name)}`);
  return chunk;
}

/** The bytes of a column in a row group, as a file for hyparquet. Pages with more values than the group are refused. */
async function checkedChunk(file: File, group: RowGroup, name: string) {
  const meta = chunkOf(group, name);
  const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
  const whole = bufferOf(file);
  const buffer = await whole.slice(start, start + Number(meta.total_compressed_size));
  const reader = { view: new DataView(buffer), offset: 0 };
  let values = 0;
  while (reader.offset < buffer.byteLength - 1 && values < Number(group.num_rows)) {
    const page = parquetHeader(reader);
    reader.offset += page.compressed_page_size;
    values += page.data_page_header?.num_values ?? page.data_page_header_v2?.num_values ?? 0;
    const entries = page.dictionary_page_header?.num_values ?? 0;
    if (!(page.compressed_page_size >= 0 && page.uncompressed_page_size <= largestPage && entries <= largestPage))
      throw new Error(`a page of the column ${quoted(name)} would have ${page.uncompressed_page_size} bytes`);
    if (values > Number(group.num_rows)) throw new Error(`the column ${quoted(name)} has more rows than its group`);
  }
  return {
    byteLength: file.size,
    slice: (from: number, to = file.size) =>
      from >= start && to <= start + buffer.byteLength ? buffer.slice(from - start, to - start) : whole.slice(from, to),
  };
}
