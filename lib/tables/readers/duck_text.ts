import { errorWith, isOutOfMemory } from '../../errors.js';
import type { Compression } from '../../formats/byte_stream.js';
import type { Field, Source } from '../source.js';
import { scanSource } from './duckdb.js';
import { type ByteRange, bytesOfFile, compressionOfFile } from './file_bytes.js';

/** Larger texts are not read again to find the line of an error that DuckDB does not name. */
const rereadBytes = 2 ** 28;

/** How DuckDB reads a file of text. */
interface DuckText {
  readonly path: string;
  /** What DuckDB reads: the file, or a pattern of which it is one. */
  readonly scanned: string;
  /** The query of what is scanned. */
  scanOf(compression: Compression | undefined): string;
  /** The columns that have words of more than 12 bytes, if that is known. */
  readonly longWords?: readonly string[];
  /** Where the first line is that DuckDB refuses of files that are not compressed, if it tells. */
  faultyLine?(scan: string): Promise<PartOfFile | undefined>;
  /** The same rows by the small reader, whose sentence names the place; or some of them. */
  small(part?: PartOfFile): Source;
}

/** Some lines of one of the files. */
export interface PartOfFile {
  readonly path: string;
  readonly range: ByteRange;
}

/** The rows of a file of text by DuckDB, with sentences of ours for what it refuses. */
export async function duckText(text: DuckText): Promise<Source> {
  const { path, scanned, scanOf, longWords } = text;
  const compression = await compressionOfFile(path);
  const source = await scanSource(scanOf(compression), scanned, longWords).catch(async (error) => {
    throw await refusalOf(text, compression, error);
  });
  return guarded(source, text, compression);
}

/** @param compression That of the files that are read. */
function guarded(source: Source, text: DuckText, compression: Compression | undefined): Source {
  const { path, scanned } = text;
  return {
    ...source,
    only: (names) => guarded(source.only!(names), text, compression),
    async *chunks(codes) {
      // DuckDB takes the end of a truncated gzip for the end of the text.
      const whole = compression === 'gzip' && scanned === path ? readThrough(bytesOfFile(path)) : undefined;
      whole?.catch(() => {}); // it is waited for below
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

/** Columns beyond which DuckDB takes longer than the small reader for a file: its queries name them all. */
const mostColumns = 4096;

/**
 * Whether DuckDB is to read what is scanned.
 *
 * @param fault Why DuckDB can't, as the end of a sentence, if there is a reason beside the names of the columns.
 * @throws TypeError `ERR_INVALID_ARGUMENT` for a pattern that it can't read: the small reader would take the first file alone.
 */
export function isForDuckDB(path: string, scanned: string, fields: readonly Field[], fault?: string): boolean {
  const reason = fault ?? (areDistinct(fields) ? undefined : 'has names of columns that it does not tell apart');
  if (scanned === path) return reason === undefined && fields.length <= mostColumns;
  if (reason === undefined) return true;
  throw errorWith(
    'ERR_INVALID_ARGUMENT',
    `${scanned}: DuckDB reads patterns, and can't read ${path}, which ${reason}; read the files one by one`,
  );
}

/** Whether DuckDB can tell the names of columns apart. It takes capitals for small letters. */
const areDistinct = (fields: readonly Field[]): boolean =>
  new Set(fields.map(({ name }) => name.toLowerCase())).size === fields.length &&
  fields.every(({ name }) => name !== '');

/** A text as a date. DuckDB refuses times of hours and minutes with a zone. */
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
  return errorWith('ERR_CORRUPT_FILE', `${path}: DuckDB refuses it (${reason}); engine: 'small' reads it`, error);
}

async function readThrough(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pieces);
}
