import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import { pipeline } from 'node:stream';
import zlib from 'node:zlib';
import { errorWith } from '../../errors.js';
import { ofFiles } from '../../formats/files.js';

/** Bytes of a file that are read at a time. */
const pieceBytes = 1 << 20;

/** How a file is compressed, by its last extension. */
export function compressionOf(path: string): 'gzip' | 'zstd' | undefined {
  if (/\.gz$/i.test(path)) return 'gzip';
  return /\.zst$/i.test(path) ? 'zstd' : undefined;
}

/** A file's name without the extension of its compression. */
export const uncompressedName = (path: string): string => path.replace(/\.(gz|zst)$/i, '');

/**
 * The bytes of a file in pieces, decompressed if its name says that it is compressed.
 *
 * @throws GlissadeError `ERR_FILE`; `ERR_CORRUPT_FILE` if the compressed data are damaged or cut off.
 */
export async function* bytesOfFile(path: string): AsyncGenerator<Buffer> {
  await checkFile(path);
  const file = createReadStream(path, { highWaterMark: pieceBytes });
  const compression = compressionOf(path);
  if (compression === undefined) {
    yield* ofReading(path, file);
    return;
  }
  const inflated = compression === 'gzip' ? zlib.createGunzip({ chunkSize: pieceBytes }) : zstdStream(path);
  pipeline(file, inflated, () => {}); // errors come from the iteration
  yield* ofReading(path, inflated);
}

async function* ofReading(path: string, stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (/^(Z_|ERR_ZSTD|ZSTD)/.test(code) || message === 'unexpected end of file')
      throw errorWith('ERR_CORRUPT_FILE', `${path} can't be decompressed: ${message}`, error);
    await ofFiles(`can't read ${path}`, () => Promise.reject(error));
  }
}

function zstdStream(path: string) {
  const { createZstdDecompress } = zlib as unknown as { createZstdDecompress?: typeof zlib.createGunzip };
  if (createZstdDecompress) return createZstdDecompress({ chunkSize: pieceBytes });
  throw errorWith(
    'ERR_UNSUPPORTED_PLATFORM',
    `${path} is compressed by zstd, which this version of Node can't read; DuckDB can: npm install @duckdb/node-api`,
  );
}

/** @throws GlissadeError `ERR_FILE` unless there is a file at the path that can be read. */
export async function checkFile(path: string): Promise<void> {
  const stats = await ofFiles(`can't read ${path}`, () => fs.stat(path));
  if (stats.isDirectory()) throw errorWith('ERR_FILE', `can't read ${path}: it is a folder`);
  if (stats.size === 0 && stats.isFile()) throw errorWith('ERR_CORRUPT_FILE', `${path} is empty`);
}

/**
 * Pieces of a text in UTF-8, each of whole lines.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE` that names the line which is not UTF-8.
 */
export async function* linesOfFile(path: string): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0);
  let lines = 0;
  for await (const piece of bytesOfFile(path)) {
    const end = piece.lastIndexOf(0x0a) + 1;
    if (end === 0) {
      rest = Buffer.concat([rest, piece]);
      continue;
    }
    const whole = Buffer.concat([rest, piece.subarray(0, end)]);
    rest = Buffer.from(piece.subarray(end));
    checkUtf8(path, whole, lines);
    lines += countLines(whole);
    yield whole;
  }
  if (rest.length === 0) return;
  checkUtf8(path, rest, lines);
  yield rest;
}

function checkUtf8(path: string, text: Buffer, linesBefore: number): void {
  if (isUtf8(text)) return;
  if ((text[0] === 0xff && text[1] === 0xfe) || (text[0] === 0xfe && text[1] === 0xff))
    throw errorWith('ERR_CORRUPT_FILE', `${path} is UTF-16; it must be UTF-8`);
  let line = linesBefore + 1;
  for (let begin = 0; begin < text.length; ++line) {
    const newline = text.indexOf(0x0a, begin);
    const end = newline < 0 ? text.length : newline + 1;
    if (!isUtf8(text.subarray(begin, end))) break;
    begin = end;
  }
  throw errorWith('ERR_CORRUPT_FILE', `${path}, line ${line}: its bytes are not UTF-8; save the file as UTF-8`);
}

function countLines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(0x0a); at >= 0; at = text.indexOf(0x0a, at + 1)) ++count;
  return count;
}
