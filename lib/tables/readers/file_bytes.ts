import { isUtf8 } from 'node:buffer';
import fs from 'node:fs/promises';
import { errorWith } from '../../errors.js';
import { ByteStream, type Compression, compressionOf } from '../../formats/byte_stream.js';
import { ofFiles, openFile } from '../../formats/files.js';
import type { Source } from '../../formats/source.js';

/** A range of whole lines in a file. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
  /** The number of lines before the range. */
  readonly lines: number;
}

/** The most bytes of a line, or of a record of a JSON file. Longer ones are refused as damaged. */
export const longestRecord = 2 ** 23;

/** A file's name without the extension of its compression. */
export const uncompressedName = (path: string): string => path.replace(/\.(gz|zst)$/i, '');

/**
 * The bytes of a file in pieces, decompressed if it is gzip or zstd; or a range of an uncompressed file.
 *
 * @throws GlissadeError `ERR_FILE`; `ERR_CORRUPT_FILE` if the compressed data are damaged or cut off;
 *   `ERR_UNSUPPORTED_PLATFORM` for zstd in older versions of Node.
 */
export async function* bytesOfFile(path: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
  await checkFile(path);
  const source = await openFile(path);
  try {
    const stream = await ByteStream.of(range ? within(source, range) : source);
    try {
      for (let piece = await stream.next(); piece; piece = await stream.next()) yield piece;
    } finally {
      await stream.close();
    }
  } catch (error) {
    throw ofFile(path, error);
  } finally {
    await source.close();
  }
}

const within = (source: Source, { from, to }: ByteRange): Source => ({
  size: to - from,
  read: (position, into) => source.read(from + position, into),
});

/** The compression of a file. */
export async function compressionOfFile(path: string): Promise<Compression | undefined> {
  const source = await openFile(path);
  try {
    return await compressionOf(source);
  } finally {
    await source.close();
  }
}

/** Adds the name of the file to the error of a stream. */
function ofFile(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_CORRUPT_FILE' && !message.startsWith(path)) return errorWith(code, `${path}: ${message}`);
  if (code === 'ERR_UNSUPPORTED_PLATFORM' && !message.startsWith(path))
    return errorWith(code, `${path}: ${message}, or DuckDB: npm install @duckdb/node-api`);
  return error;
}

/** @throws GlissadeError `ERR_FILE` unless the path leads to a regular file; `ERR_CORRUPT_FILE` if it is empty. */
export async function checkFile(path: string): Promise<void> {
  const stats = await ofFiles(`can't read ${path}`, () => fs.stat(path));
  if (stats.isDirectory()) throw errorWith('ERR_FILE', `can't read ${path}: it is a folder`);
  if (!stats.isFile()) throw errorWith('ERR_FILE', `can't read ${path}: it is not a regular file`);
  if (stats.size === 0) throw errorWith('ERR_CORRUPT_FILE', `${path} is empty`);
}

/**
 * The pieces of a UTF-8 text, each of whole lines.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE` that names a line that is not UTF-8 or is too long.
 */
export async function* linesOfFile(path: string, range?: ByteRange): AsyncGenerator<Buffer> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let lines = range?.lines ?? 0;
  const taken = (last: Uint8Array): Buffer => {
    const whole = Buffer.concat([...rest, last]);
    rest = [];
    restBytes = 0;
    checkUtf8(path, whole, lines);
    lines += countLines(whole);
    return whole;
  };
  for await (const piece of bytesOfFile(path, range)) {
    const end = piece.lastIndexOf(0x0a) + 1;
    if (end > 0) yield taken(piece.subarray(0, end));
    rest.push(piece.slice(end));
    restBytes += piece.length - end;
    if (restBytes > longestRecord) throw tooLong(path, lines + 1);
  }
  if (restBytes > 0) yield taken(new Uint8Array());
}

export const tooLong = (path: string, line: number): Error =>
  errorWith('ERR_CORRUPT_FILE', `${path}, line ${line}: it is longer than ${longestRecord / 2 ** 20} MB`);

export const notUtf8 = (path: string, line: number): Error =>
  errorWith('ERR_CORRUPT_FILE', `${path}, line ${line}: its bytes are not UTF-8; save the file as UTF-8`);

function checkUtf8(path: string, text: Buffer, linesBefore: number): void {
  if (linesBefore === 0) checkUtf16(path, text);
  if (isUtf8(text)) return;
  let line = linesBefore + 1;
  for (let begin = 0; begin < text.length; ++line) {
    const newline = text.indexOf(0x0a, begin);
    const end = newline < 0 ? text.length : newline + 1;
    if (!isUtf8(text.subarray(begin, end))) break;
    begin = end;
  }
  throw notUtf8(path, line);
}

/** @throws GlissadeError `ERR_CORRUPT_FILE` if a text begins as UTF-16 does. */
export function checkUtf16(path: string, text: Buffer): void {
  const [first, second] = text;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || (text[0] !== 0 && second === 0))
    throw errorWith('ERR_CORRUPT_FILE', `${path} is UTF-16; save it as UTF-8`);
}

/** The number of line ends in a text. */
export function countLines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(0x0a); at >= 0; at = text.indexOf(0x0a, at + 1)) ++count;
  return count;
}
