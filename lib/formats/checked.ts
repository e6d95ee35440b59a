import { crc32 } from 'node:zlib';
import { allocated } from '../numbers/memory.js';
import { type Source, writeAtomically, writePiece } from './files.js';
import { corrupt, type Header, headerLength, headerOf, parseHeader, type TensorFile } from './safetensors.js';

// Safetensors files that are whole or refused. The first entry of their metadata, `crc32`, has two checksums of eight
// hexadecimal digits: that of the header, with zeros in their place, and that of the data. A changed byte changes one of
// them. The header is checked before anything in it is believed.

const noChecksums = '0'.repeat(16);
const opening = '{"__metadata__":{"crc32":"';
/** Where the checksums begin in the file. */
const place = 8 + opening.length;

const digitsOf = (checksum: number): string => checksum.toString(16).padStart(8, '0');

/** Bytes that are copied, checked and written, or read and checked, at a time. */
const pieceSize = 4 * 2 ** 20;

/** The data of a file, which are copied piece by piece. */
export interface Data {
  readonly length: number;
  copy(from: number, into: Uint8Array): void;
}

/** A file whose data lie elsewhere: the numbers of `tensors` are not read, only their types and lengths. */
interface Contents extends TensorFile {
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
 * Writes a file of these tensors, by {@link writeAtomically}. While a piece is written, the next one is copied and its
 * checksum computed.
 *
 * @throws GlissadeError `ERR_FILE`
 */
export function saveChecked(path: string, contents: Contents): Promise<void> {
  const { header, data } = partsOf(contents);
  return writeAtomically(path, async (file) => {
    const buffers = [0, 1].map(() => new Uint8Array(Math.min(pieceSize, data.length)));
    let checksum = 0;
    let written = Promise.resolve();
    try {
      for (let [at, i] = [0, 0]; at < data.length; at += pieceSize, ++i) {
        const piece = buffers[i % 2]!.subarray(0, data.length - at);
        data.copy(at, piece);
        checksum = crc32(piece, checksum);
        await written;
        written = writePiece(file, piece, header.length + at);
      }
    } finally {
      await written; // before the file is closed
    }
    await writePiece(file, withChecksums(header, checksum), 0);
  });
}

function partsOf({ tensors, metadata, data }: Contents): { header: Uint8Array; data: Data } {
  const { header, length } = headerOf({ tensors, metadata: { crc32: noChecksums, ...metadata } });
  return { header, data: data ?? dataOf(tensors, length) };
}

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

function withChecksums(header: Uint8Array, ofData: number): Uint8Array {
  const digits = digitsOf(crc32(header)) + digitsOf(ofData);
  header.set(new TextEncoder().encode(digits), place);
  return header;
}

/** Whether a header is that of a file with checksums, though it may be damaged. */
export const hasChecksums = (header: Uint8Array): boolean =>
  Buffer.from(header.subarray(8, place)).toString('latin1') === opening;

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
 * @param memoryFor Gives memory for all data, or throws before any has been read.
 * @returns What `memoryFor` returned.
 * @throws GlissadeError `ERR_CORRUPT_FILE`; what has been read is of no use then.
 */
export async function readChecked<T extends { memory: Uint8Array }>(
  source: Source,
  header: Uint8Array,
  memoryFor: (header: Header) => T,
): Promise<T> {
  const blank = header.slice();
  blank.fill('0'.charCodeAt(0), place, place + noChecksums.length);
  const digits = Buffer.from(header.subarray(place, place + noChecksums.length)).toString('latin1');
  if (!hasChecksums(header) || digits.slice(0, 8) !== digitsOf(crc32(blank))) throw corrupt('its header is damaged');

  const given = memoryFor(parseHeader(header, source.size));
  const { memory } = given;
  const read = async (at: number) => {
    const piece = memory.subarray(at, at + pieceSize);
    if (piece.length > 0) await source.read(header.length + at, piece);
    return piece;
  };
  let checksum = 0;
  let next = read(0);
  for (let at = 0; at < memory.length; at += pieceSize) {
    const piece = await next;
    next = read(at + pieceSize); // while the checksum of this one is computed
    checksum = crc32(piece, checksum);
  }
  await next;
  if (digits.slice(8) !== digitsOf(checksum)) throw corrupt('its data are damaged');
  return given;
}
