// MurmurHash3 for x86, 32 bits (Appleby 2011, public domain), as signed numbers. Strings are hashed as UTF-8.

const encoder = new TextEncoder();
let bytes = new Uint8Array(1024);

function mixed(hash: number, block: number): number {
  const mixed = hash ^ scrambled(block);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function scrambled(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}

function finished(hash: number, length: number): number {
  let h = hash ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

export function hashOfText(text: string, seed: number): number {
  const { length } = text;
  const end = length & ~3;
  let hash = seed;
  let seen = 0;
  for (let i = 0; i < end; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    seen |= a | b | c | d;
    hash = mixed(hash, a | (b << 8) | (c << 16) | (d << 24));
  }
  let tail = 0;
  for (let i = length - 1; i >= end; --i) {
    const code = text.charCodeAt(i);
    seen |= code;
    tail = (tail << 8) | code;
  }
  if (seen > 127) return hashOfBytes(put(text, 0), seed); // only ASCII equals its UTF-8
  return finished(hash ^ scrambled(tail), length);
}

/** The hash of `name=value`. */
export function hashOfPair(name: string, value: string, seed: number): number {
  const length = put(name, 0);
  bytes[length] = 61; // =
  return hashOfBytes(put(value, length + 1), seed);
}

/** The hash of the 8 bytes of two hashes, lowest first. */
export const hashOfHashes = (first: number, second: number, seed: number): number =>
  finished(mixed(mixed(seed, first), second), 8);

/** Writes UTF-8 to `bytes` from `begin` on, with space for at least one byte more. Returns the end. */
function put(text: string, begin: number): number {
  const { length } = text;
  if (begin + 3 * length >= bytes.length) {
    const larger = new Uint8Array(2 * (begin + 3 * length));
    larger.set(bytes);
    bytes = larger;
  }
  for (let i = 0; i < length; ++i) {
    const code = text.charCodeAt(i);
    if (code > 127) return begin + encoder.encodeInto(text, bytes.subarray(begin)).written;
    bytes[begin + i] = code;
  }
  return begin + length;
}

function hashOfBytes(length: number, seed: number): number {
  const end = length & ~3;
  let hash = seed;
  for (let i = 0; i < end; i += 4)
    hash = mixed(hash, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
  let tail = 0;
  for (let i = length - 1; i >= end; --i) tail = (tail << 8) | bytes[i]!;
  return finished(hash ^ scrambled(tail), length);
}
