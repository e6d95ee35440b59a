import { quoted } from '../checks/shown.js';
import type { ByteStream } from '../formats/byte_stream.js';
import { fromFloat16 } from '../numbers/float16.js';
import { corrupt, numbersOf, readNumbers } from './number_file.js';

// The package npyjs reads a header without a shape as that of a single number, reads any later version as the second one,
// and contains an HTTP client.

/** The contents of an .npy file. */
export interface NpyArray {
  /** Length of each dimension; [] for a single number. */
  readonly shape: readonly number[];
  /** The numbers. Booleans are bytes 0 and 1, half-precision numbers are float32, integers of 8 bytes are bigints. */
  readonly data:
    | Uint8Array
    | Uint16Array
    | Uint32Array
    | BigUint64Array
    | Int8Array
    | Int16Array
    | Int32Array
    | BigInt64Array
    | Float32Array
    | Float64Array;
  /** Whether the first dimension is fastest: a matrix then lies column after column. Otherwise the last one is. */
  readonly fortranOrder: boolean;
}

const classes = {
  b1: Uint8Array,
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  u8: BigUint64Array,
  i1: Int8Array,
  i2: Int16Array,
  i4: Int32Array,
  i8: BigInt64Array,
  f2: Uint16Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

const magic = '\x93NUMPY';

/** Headers of arrays of numbers have about a hundred bytes. */
const longestHeader = 2 ** 20;

/**
 * Reads an array of numbers that `numpy.save` wrote, also compressed by gzip. An archive of several (.npz) is not read:
 * it is a zip file, whose members are .npy files.
 *
 * A header that needs more memory than the file can contain is refused before memory is allocated. A byte of gzip stands for
 * at most 1032 bytes. A file with more bytes than its header says is refused before they are unpacked.
 *
 * @example
 * const { shape, data, fortranOrder } = await readNpy('x.npy');
 * const dataset = new Dataset({ inputs: data as Float32Array, targets, columns: shape[1] });
 *
 * @param from The path of a file, or its bytes.
 * @throws TypeError unless it is one of these; GlissadeError `ERR_FILE` if the file system refuses, `ERR_CORRUPT_FILE` if
 *   the file is damaged, cut off, no .npy file, or of something else than numbers and booleans; RangeError
 *   `ERR_OUT_OF_RANGE` if there is no memory.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export async function readNpy(from: string | URL | Uint8Array): Promise<NpyArray> {
  return readNumbers(from, 'an .npy file', npyOf);
}

async function npyOf(stream: ByteStream): Promise<NpyArray> {
  const prefix = Buffer.alloc(8);
  await stream.fill(prefix);
  const begin = prefix.toString('latin1', 0, 6);
  if (begin.startsWith('PK')) throw corrupt('it is a zip file (.npz); unzip it, and read the .npy files in it');
  if (begin !== magic) throw corrupt('it does not begin as one');
  const version = prefix[6]!;
  if (version < 1 || version > 3)
    throw corrupt(`its version of the format is ${version}; versions 1 to 3 are supported`);
  const lengthBytes = Buffer.alloc(version === 1 ? 2 : 4);
  await stream.fill(lengthBytes);
  const headerLength = lengthBytes.readUIntLE(0, lengthBytes.length);
  if (headerLength > longestHeader) throw corrupt(`its header would have ${headerLength} bytes`);
  const bytes = Buffer.alloc(headerLength);
  await stream.fill(bytes);
  const { type, endian, shape, fortranOrder } = parsedHeader(bytes.toString(version === 3 ? 'utf8' : 'latin1'));
  const before = prefix.length + lengthBytes.length + headerLength;
  const data = await numbersOf(stream, { before, shape, endian }, classes[type] as typeof Float64Array);
  return { shape, data: type === 'f2' ? fromFloat16(data as unknown as Uint16Array) : data, fortranOrder };
}

interface Header {
  type: keyof typeof classes;
  endian: 'LE' | 'BE';
  shape: number[];
  fortranOrder: boolean;
}

/** Reads a header: a dictionary of three keys, in the syntax of Python. */
function parsedHeader(text: string): Header {
  const descr = /['"]descr['"]\s*:\s*(?:'([^']*)'|"([^"]*)"|(\[))/.exec(text);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)\b/.exec(text);
  const sides = /['"]shape['"]\s*:\s*\(([\d\sL,]*)\)/.exec(text);
  if (!descr || !order || !sides) throw corrupt(`its header is not valid: ${quoted(text.trim())}`);
  if (descr[3])
    throw corrupt('its rows have fields (a structured dtype), but only numbers are supported; save each field');
  const dtype = descr[1] ?? descr[2]!;
  const [, byteOrder, type] = /^([<>|=])(\w+)$/.exec(dtype) ?? [];
  if (type?.startsWith('O')) throw corrupt('it contains Python objects (dtype object), but only numbers are supported');
  if (byteOrder === undefined || !Object.hasOwn(classes, type!))
    throw corrupt(`its dtype is ${quoted(dtype)}; supported are ${Object.keys(classes).join(', ')}`);
  const shape = sides[1]!
    .split(',')
    .map((side) => side.trim().replace(/L$/, ''))
    .filter((side) => side !== '')
    .map(Number);
  if (!shape.every(Number.isSafeInteger)) throw corrupt(`its shape is ${quoted(`(${sides[1]})`)}`);
  return {
    type: type as Header['type'],
    endian: byteOrder === '>' ? 'BE' : 'LE',
    shape,
    fortranOrder: order[1] === 'True',
  };
}
