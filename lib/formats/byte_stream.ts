import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { errorWith, outOfMemory } from '../errors.js';
import type { Source } from './source.js';

/** Bytes that are read at a time. */
const pieceSize = 2 ** 20;

export type Compression = 'gzip' | 'zstd';

/**
 * The most bytes that one compressed byte stands for. Deflate copies 258 bytes with two bits; zstd repeats without limit.
 */
const greatestRatio = { gzip: 1032, zstd: Number.POSITIVE_INFINITY };

/** The compression of a source, by its first bytes. */
export async function compressionOf(source: Source): Promise<Compression | undefined> {
  const first = new Uint8Array(Math.min(4, source.size));
  await source.read(0, first);
  if (first[0] === 0x1f && first[1] === 0x8b) return 'gzip';
  return first.length === 4 && Buffer.from(first).readUInt32LE() === 0xfd2fb528 ? 'zstd' : undefined;
}

/** The bytes of a source from its beginning to its end, decompressed if it is gzip or zstd. */
export class ByteStream {
  /** An upper bound on the number of bytes. */
  readonly most: number;
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** Bytes that were read but not returned yet. */
  #piece: Uint8Array = new Uint8Array();

  private constructor(pieces: AsyncIterable<Uint8Array>, most: number) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.most = most;
  }

  static async of(source: Source): Promise<ByteStream> {
    const compression = await compressionOf(source);
    if (compression === undefined) return new ByteStream(piecesOf(source), source.size);
    return new ByteStream(decompressed(source, compression), source.size * greatestRatio[compression]);
  }

  /** The next bytes, at least one; undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return undefined;
      this.#piece = value;
    }
    const piece = this.#piece;
    this.#piece = new Uint8Array();
    return piece;
  }

  /**
   * Fills an array.
   *
   * @throws GlissadeError `ERR_CORRUPT_FILE` if fewer bytes are left.
   */
  async fill(into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const piece = await this.next();
      if (piece === undefined) throw errorWith('ERR_CORRUPT_FILE', 'it is cut off');
      const taken = piece.subarray(0, into.length - done);
      into.set(taken, done);
      done += taken.length;
      this.#piece = piece.subarray(taken.length);
    }
  }

  /** Stops reading, which frees the memory of a stream that was not read to its end. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

async function* piecesOf(source: Source): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += pieceSize) {
    const piece = new Uint8Array(Math.min(pieceSize, source.size - at));
    await source.read(at, piece);
    yield piece;
  }
}

async function* decompressed(source: Source, compression: Compression): AsyncGenerator<Uint8Array> {
  const compressed = Readable.from(piecesOf(source), { objectMode: false });
  const stream = decompressorOf(compression);
  compressed.on('error', (error) => stream.destroy(error));
  try {
    yield* compressed.pipe(stream) as AsyncIterable<Uint8Array>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!/^(Z_|(ERR_)?ZSTD)/.test(code ?? '')) throw error;
    if (code === 'Z_MEM_ERROR') throw outOfMemory(`there is not enough memory to decompress its ${compression}`);
    const isCutOff = code === 'Z_BUF_ERROR';
    throw errorWith('ERR_CORRUPT_FILE', isCutOff ? 'it is cut off' : `its ${compression} is damaged (${message})`);
  } finally {
    compressed.destroy();
    stream.destroy();
  }
}

function decompressorOf(compression: Compression) {
  if (compression === 'gzip') return zlib.createGunzip({ chunkSize: pieceSize });
  const { createZstdDecompress } = zlib as unknown as { createZstdDecompress?: typeof zlib.createGunzip };
  if (createZstdDecompress) return createZstdDecompress({ chunkSize: pieceSize });
  throw errorWith('ERR_UNSUPPORTED_PLATFORM', 'it is compressed by zstd, which needs Node 22.15 or 23.8');
}
