import { crc32 } from 'node:zlib';
import { allocated } from '../errors.js';
import { writeAtomically, writePiece } from './files.js';
import { corrupt, type Header, headerLength, headerOf, parseHeader, type TensorFile } from './safetensors.js';
import type { Source } from './source.js';

// Safetensors files with checksums: a damaged file is refused. The first entry of their metadata, `crc32`, has two
// checksums of eight hexadecimal digits: that of the header, with zeros in their place, and that of the data. A changed
// byte changes one of them. The header is checked before anything in it is used.

const noChecksums = '0'.repeat(16);
const opening = '{"__metadata__":{"crc32":"';
/** Where the checksums begin in the file. */
const digitsAt = 8 + opening.length;

const digitsOf = (checksum: number): string => checksum.toString(16).padStart(8, '0');

/** Bytes that are processed at a time: copied, checked and written, or read and checked. */
const pieceSize = 2 * 2 ** 20;

/**
 * The number of pieces that are written or read at the same time. More than two would wait for each other in the file system.
 */
const mostPieces = 2;

/** The data of a file, which are copied piece by piece. */
export interface Data {
  readonly length: number;
  copy(from: number, into: Uint8Array): void;
}

/** The contents of a file. If `data` has the numbers, only types and lengths of `tensors` are used. */
export interface Contents extends TensorFile {
  data?: Data;
}

/** A file of these tensors, as bytes. */
export function checkedBytes(contents: Contents): Uint8Array {
  const { header, data } = partsOf(contents);
  const total = header.length + data.length;
  const bytes = allocated(total, () => new Uint8Array(total));
  const body = bytes.subarray(header.length);
  data.copy(0, body);
  bytes.set(withChecksums(header, crc32(body)));
  return bytes;
}

/**
 * Writes a file of these tensors, by {@link writeAtomically}. While pieces are written, the next one is copied and its
 * checksum computed.
 *
 * @throws GlissadeError `ERR_FILE`
 */
export function saveChecked(path: string, contents: Contents): Promise<void> {
  const { header, data } = partsOf(contents);
  return writeAtomically(path, async (file) => {
    const size = Math.min(pieceSize, data.length);
    const slots = Array.from({ length: Math.min(mostPieces, Math.ceil(data.length / pieceSize)) }, () => ({
      buffer: new Uint8Array(size),
      written: Promise.resolve(),
    }));
    let checksum = 0;
    for (let [at, i] = [0, 0]; at < data.length; at += pieceSize, ++i) {
      const slot = slots[i % slots.length]!;
      await slot.written;
      const piece = slot.buffer.subarray(0, data.length - at);
      data.copy(at, piece);
      checksum = crc32(piece, checksum);
      slot.written = handled(writePiece(file, piece, header.length + at));
    }
    for (const { written } of slots) await written;
    await writePiece(file, withChecksums(header, checksum), 0);
  });
}

/**
 * A promise that is awaited later and must not count as an unhandled rejection until then. After a failure it need not be
 * awaited, because closing a file waits for reads and writes in progress.
 */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function partsOf({ tensors, metadata, data }: Contents): { header: Uint8Array; data: Data } {
  const { header, length } = headerOf(withPlace({ tensors, metadata }));
  return { header, data: data ?? dataOf(tensors, length) };
}

const withPlace = ({ tensors, metadata }: TensorFile): TensorFile => ({
  tensors,
  metadata: { crc32: noChecksums, ...metadata },
});

function dataOf(tensors: TensorFile['tensors'], length: number): Data {
  const parts: { begin: number; bytes: Uint8Array }[] = [];
  let begin = 0;
  for (const { data } of tensors.values()) {
    parts.push({ begin, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    begin += data.byteLength;
  }
  const copy = (from: number, into: Uint8Array) => {
    const to = from + into.length;
    for (const { begin, bytes } of parts)
      if (begin < to && begin + bytes.length > from)
        into.set(bytes.subarray(Math.max(from - begin, 0), to - begin), Math.max(begin - from, 0));
  };
  return { length, copy };
}

/**
 * The header of a file whose data are written elsewhere. The eight digits at `checksumAt`, zeros here, must become the
 * checksum of the data.
 */
export function openHeader(contents: TensorFile): { header: Uint8Array; checksumAt: number } {
  return { header: withChecksums(headerOf(withPlace(contents)).header, 0), checksumAt: digitsAt + 8 };
}

function withChecksums(header: Uint8Array, ofData: number): Uint8Array {
  const digits = digitsOf(crc32(header)) + digitsOf(ofData);
  header.set(new TextEncoder().encode(digits), digitsAt);
  return header;
}

/** Whether a header belongs to a file with checksums, even if it is damaged. */
export const hasChecksums = (header: Uint8Array): boolean =>
  Buffer.from(header.subarray(8, digitsAt)).toString('latin1') === opening;

/**
 * Reads the header of a source.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE`
 */
export async function readHeader(source: Source): Promise<Uint8Array> {
  const first = new Uint8Array(Math.min(8, source.size));
  await source.read(0, first);
  const header = new Uint8Array(headerLength(first, source.size));
  await source.read(0, header);
  return header;
}

/**
 * Reads a file with checksums.
 *
 * @param header As {@link readHeader} read it.
 * @param memoryFor Provides memory for all data, or throws before any are read.
 * @returns What `memoryFor` returned.
 * @throws GlissadeError `ERR_CORRUPT_FILE`. The data read so far must then not be used.
 */
export async function readChecked<T extends { memory: Uint8Array }>(
  source: Source,
  header: Uint8Array,
  memoryFor: (header: Header) => T,
): Promise<T> {
  const blank = header.slice();
  blank.fill('0'.charCodeAt(0), digitsAt, digitsAt + noChecksums.length);
  const digits = Buffer.from(header.subarray(digitsAt, digitsAt + noChecksums.length)).toString('latin1');
  if (!hasChecksums(header) || digits.slice(0, 8) !== digitsOf(crc32(blank))) throw corrupt('its header is damaged');

  const given = memoryFor(parseHeader(header, source.size));
  const { memory } = given;
  let begin = 0;
  const read = async () => {
    const piece = memory.subarray(begin, begin + pieceSize);
    const at = header.length + begin;
    begin += piece.length;
    if (piece.length > 0) await source.read(at, piece);
    return piece;
  };
  let checksum = 0;
  const pieces = Array.from({ length: mostPieces }, () => handled(read()));
  for (;;) {
    const piece = await pieces.shift()!;
    if (piece.length === 0) break;
    pieces.push(handled(read()));
    checksum = crc32(piece, checksum);
  }
  if (digits.slice(8) !== digitsOf(checksum)) throw corrupt('its data are damaged');
  return given;
}

/** Whether a source is an undamaged file with checksums. */
export async function isWhole(source: Source): Promise<boolean> {
  try {
    await readChecked(source, await readHeader(source), ({ length }) => ({
      memory: allocated(source.size - length, () => new Uint8Array(source.size - length)),
    }));
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_CORRUPT_FILE') return false;
    throw error;
  }
}
