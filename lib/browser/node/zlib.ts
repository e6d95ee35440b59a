import { GlissadeError } from '../../errors.js';

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; ++bit) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** CRC-32 of PNG and zlib (polynomial 0x04c11db7, reflected) of bytes after others whose CRC is `before`. */
export function crc32(bytes: Uint8Array | string, before = 0): number {
  let rest = ~before;
  for (const byte of typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes)
    rest = (rest >>> 8) ^ table[(rest ^ byte) & 0xff]!;
  return ~rest >>> 0;
}

export default {
  createGunzip(): never {
    throw new GlissadeError(
      'ERR_UNSUPPORTED_PLATFORM',
      'compressed files are read in Node alone: decompress the bytes first, such as by DecompressionStream',
    );
  },
};
