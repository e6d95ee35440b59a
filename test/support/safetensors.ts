import { crc32 } from 'node:zlib';

/** The header of a safetensors file. */
export interface Header {
  __metadata__?: unknown;
  [name: string]: unknown;
}

export interface OpenFile {
  header: Header;
  body: Uint8Array;
}

/** Splits a safetensors file. */
export function open(bytes: Uint8Array): OpenFile {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return {
    header: JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString()),
    body: bytes.subarray(8 + length),
  };
}

/** Makes a safetensors file. */
export function close(header: unknown, body: Uint8Array): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return new Uint8Array(Buffer.concat([length, json, body]));
}

const zeros = '0'.repeat(16);
const digitsOf = (checksum: number) => checksum.toString(16).padStart(8, '0');

/** Makes a file with correct checksums, whatever its contents, like a forger. */
export function closeChecked({ __metadata__: metadata, ...entries }: Header, body: Uint8Array): Uint8Array {
  const header = { __metadata__: { ...(metadata as object), crc32: undefined }, ...entries };
  const text = JSON.stringify(header).replace(/^\{"__metadata__":\{/, `{"__metadata__":{"crc32":"${zeros}",`);
  return withChecksums(text.replace(/,\}/, '}'), body);
}

/** The same for the text of a header that has 16 zeros in place of the checksums. */
export function withChecksums(text: string, body: Uint8Array): Uint8Array {
  const bytes = close(text, body);
  const start = bytes.length - body.length;
  const digits = digitsOf(crc32(bytes.subarray(0, start))) + digitsOf(crc32(body));
  return close(text.replace(zeros, digits), body);
}
