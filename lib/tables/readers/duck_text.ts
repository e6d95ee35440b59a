import { errorWith, isOutOfMemory } from '../../errors.js';
import type { Compression } from '../../formats/byte_stream.js';
import type { Field, Source } from '../source.js';
import { scanSource } from './duckdb.js';
import { type ByteRange, bytesOfFile, compressionOfFile } from './file_bytes.js';

/** The largest text that is read again to find the line of an error for which DuckDB names none. */
const rereadBytes = 2 ** 28;

/** How DuckDB reads a file of text. */
interface DuckText {
  readonly path: string;
  /** What DuckDB reads: the file, or a pattern that matches it. */
  readonly scanned: string;
  /** The query that reads it. */
  scanOf(compression: Compression | undefined): string;
  /** The columns with words of more than 12 bytes, if known. */
  readonly longWords?: readonly string[];
  /** The place of the first line that DuckDB refuses in uncompressed files, if DuckDB reports it. */
  faultyLine?(scan: string): Promise<PartOfFile | undefined>;
  /** The same rows, or a part of them, from the small reader, whose errors name the place. */
  small(part?: PartOfFile): Source;
}

/** Some lines of one of the files. */
export interface PartOfFile {
  readonly path: string;
  readonly range: ByteRange;
}

/** The rows of a file of text by DuckDB, with our own messages for what DuckDB refuses. */
export async function duckText(text: DuckText): Promise<Source> {
  const { path, scanned, scanOf, longWords } = text;
  const compression = await compressionOfFile(path);
  const source = await scanSource(scanOf(compression), scanned, longWords).catch(async (error) => {
    throw await refusalOf(text, compression, error);
  });
  return guarded(source, text, compression);
}

/** @param compression The compression of the files. */
function guarded(source: Source, text: DuckText, compression: Compression | undefined): Source {
  const { path, scanned } = text;
  return {
    ...source,
    only: (names) => guarded(source.only!(names), text, compression),
    async *chunks(codes) {
      // DuckDB does not notice that a gzip file is truncated.
      const whole = compression === 'gzip' && scanned === path ? readThrough(bytesOfFile(path)) : undefined;
      whole?.catch(() => {}); // awaited below
      try {
        yield* source.chunks(codes);
      } catch (error) {
        await whole;
        throw await refusalOf(text, compression, error as Error);
      }
      await whole;
    },
  };
}

/** The most columns for DuckDB. With more, the small reader is faster, because DuckDB's queries name all columns. */
const mostColumns = 4096;

/**
 * Whether DuckDB reads what is scanned.
 *
 * @param fault The end of a sentence with a reason why DuckDB can't read the file, other than the names of its columns.
 * @throws TypeError `ERR_INVALID_ARGUMENT` for a pattern that DuckDB can't read: the small reader would read only its first
 *   file.
 */
export function isForDuckDB(path: string, scanned: string, fields: readonly Field[], fault?: string): boolean {
  const reason = fault ?? (areDistinct(fields) ? undefined : 'has column names that DuckDB does not tell apart');
  if (scanned === path) return reason === undefined && fields.length <= mostColumns;
  if (reason === undefined) return true;
  throw errorWith(
    'ERR_INVALID_ARGUMENT',
    `${scanned}: only DuckDB reads patterns, but it can't read ${path}, which ${reason}; read the files one by one`,
  );
}

/** Whether DuckDB can tell the names of columns apart. It ignores case. */
const areDistinct = (fields: readonly Field[]): boolean =>
  new Set(fields.map(({ name }) => name.toLowerCase())).size === fields.length &&
  fields.every(({ name }) => name !== '');

/** A text as a date. DuckDB refuses times without seconds if they have a zone. */
export const dateIn = (column: string): string =>
  `coalesce(try_cast(${column} as timestamptz), regexp_replace(${column}, '([ T]\\d\\d:\\d\\d)([Z+-])', '\\1:00\\2')::timestamptz)`;

async function refusalOf(text: DuckText, compression: Compression | undefined, error: Error): Promise<Error> {
  if (isOutOfMemory(error)) return error;
  const { path, scanOf, small } = text;
  try {
    const part = compression === undefined ? await text.faultyLine?.(scanOf(undefined)) : undefined;
    if (part) await readThrough(small(part).chunks());
    let bytes = 0;
    for await (const piece of bytesOfFile(path)) {
      bytes += piece.length;
      if (bytes > rereadBytes) return error;
    }
    await readThrough(small().chunks());
  } catch (sentence) {
    return sentence as Error;
  }
  const reason = error.message.replace(/\s+/g, ' ').replace(`${path}: `, '');
  return errorWith(
    'ERR_CORRUPT_FILE',
    `${path}: DuckDB refuses it (${reason}), but engine: 'small' can read it`,
    error,
  );
}

async function readThrough(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pieces);
}
