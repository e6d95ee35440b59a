import type { ByteStream } from '../formats/byte_stream.js';
import { corrupt, numbersOf, readNumbers } from './number_file.js';

// Our own reader: npm has no well-kept package for IDX.

/** The contents of an IDX file. */
export interface IdxArray {
  /** Length of each dimension, for example [60000, 28, 28]. */
  readonly shape: readonly number[];
  /** The numbers, the last dimension fastest. */
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** The classes of arrays, by the third byte. */
const classes: Readonly<Record<number, { new (buffer: ArrayBuffer): IdxArray['data']; BYTES_PER_ELEMENT: number }>> = {
  8: Uint8Array,
  9: Int8Array,
  11: Int16Array,
  12: Int32Array,
  13: Float32Array,
  14: Float64Array,
};

/**
 * Reads an IDX file, the format of MNIST's images and labels, also compressed by gzip.
 *
 * A header that needs more memory than the file can contain is refused before memory is allocated. A byte of gzip stands for
 * at most 1032 bytes. A file with more bytes than its header says is refused before they are unpacked.
 *
 * @example
 * const { shape, data } = await readIDX('train-images-idx3-ubyte.gz'); // [60000, 28, 28], a Uint8Array
 * const images = new Dataset({ inputs: data, targets, columns: 28 * 28, scale: 1 / 255 });
 *
 * @param from The path of a file, or its bytes.
 * @throws TypeError unless it is one of these; GlissadeError `ERR_FILE` if the file system refuses, `ERR_CORRUPT_FILE` if
 *   the file is damaged, cut off, or no IDX file; RangeError `ERR_OUT_OF_RANGE` if there is no memory.
 * @see http://yann.lecun.com/exdb/mnist, "file formats"
 */
export async function readIDX(from: string | URL | Uint8Array): Promise<IdxArray> {
  return readNumbers(from, 'an IDX file', idxOf);
}

async function idxOf(stream: ByteStream): Promise<IdxArray> {
  const magic = new Uint8Array(4);
  await stream.fill(magic);
  const [first, second, code, dimensions] = magic as unknown as [number, number, number, number];
  if (first !== 0 || second !== 0) throw corrupt('it does not begin with two zero bytes');
  const NumberArray = classes[code];
  if (!NumberArray) throw corrupt(`its type of numbers is ${code}, which is unknown`);
  const lengths = Buffer.alloc(4 * dimensions);
  await stream.fill(lengths);
  const shape = Array.from({ length: dimensions }, (_, i) => lengths.readUInt32BE(4 * i));
  const layout = { before: 4 + lengths.length, shape, endian: 'BE' } as const;
  return { shape, data: await numbersOf(stream, layout, NumberArray) };
}
