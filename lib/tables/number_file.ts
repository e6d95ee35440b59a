import os from 'node:os';
import { types } from 'node:util';
import { allocated, errorWith } from '../errors.js';
import { ByteStream } from '../formats/byte_stream.js';
import { checkPath, withSource } from '../formats/files.js';

/**
 * Reads a file of numbers, or its bytes.
 *
 * @param kind The kind of file, such as `an IDX file`.
 * @throws GlissadeError `ERR_CORRUPT_FILE` that names the file, and other errors of `read`; TypeError
 *   `ERR_INVALID_ARGUMENT` if `from` is neither a path nor bytes; GlissadeError `ERR_FILE`.
 */
export async function readNumbers<T>(
  from: unknown,
  kind: string,
  read: (stream: ByteStream) => Promise<T>,
): Promise<T> {
  const name = types.isUint8Array(from) ? 'the bytes' : checkPath('from', from);
  return withSource('from', from, async (source) => {
    const stream = await ByteStream.of(source);
    try {
      return await read(stream);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ERR_CORRUPT_FILE' && code !== 'ERR_NON_FINITE') throw error;
      throw errorWith(code, `can't read ${shortened(name)} as ${kind}: ${message}`);
    } finally {
      await stream.close();
    }
  });
}

const shortened = (name: string): string => (name.length <= 200 ? name : `${name.slice(0, 60)}…${name.slice(-139)}`);

export const corrupt = (what: string): Error => errorWith('ERR_CORRUPT_FILE', what);

/**
 * The rest of a file as numbers, as many as its shape says.
 *
 * @param before The number of bytes before them.
 * @throws GlissadeError `ERR_CORRUPT_FILE` if there are more or fewer, before memory is allocated if possible;
 *   RangeError `ERR_OUT_OF_RANGE` if there is no memory.
 */
export async function numbersOf<Numbers extends ArrayBufferView>(
  stream: ByteStream,
  { before, shape, endian }: { before: number; shape: readonly number[]; endian: 'LE' | 'BE' },
  NumberArray: { new (buffer: ArrayBuffer): Numbers; readonly BYTES_PER_ELEMENT: number },
): Promise<Numbers> {
  const width = NumberArray.BYTES_PER_ELEMENT;
  const length = width * shape.reduce((product, side) => product * side, 1);
  if (length > stream.most - before)
    throw corrupt(
      `its header says [${shortened(shape.join(', '))}] numbers of ${width} bytes each, but the file is shorter`,
    );
  const bytes = allocated(length, () => new Uint8Array(length));
  await stream.fill(bytes);
  if ((await stream.next()) !== undefined) throw corrupt('there are more bytes than its header says');
  const buffer = Buffer.from(bytes.buffer);
  if (endian !== os.endianness() && width > 1) {
    if (width === 2) buffer.swap16();
    else if (width === 4) buffer.swap32();
    else buffer.swap64();
  }
  return new NumberArray(bytes.buffer as ArrayBuffer);
}
