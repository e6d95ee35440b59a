import { types } from 'node:util';
import type { FloatArray } from '../addon/index.js';
import { isObject } from '../checks/kinds.js';
import { shortened } from '../checks/shown.js';
import { allocated, errorWith } from '../errors.js';

// An 8-byte length, a JSON header and the data. The npm packages for the format only read headers of remote files.
// https://huggingface.co/docs/safetensors

const dtypes = { F32: Float32Array, F64: Float64Array, BF16: Uint16Array, U8: Uint8Array, U32: Uint32Array } as const;

/** Bytes of a number, for each type of the format with whole bytes. */
const bytesOfNumber: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1, U16: 2, I16: 2, F16: 2, BF16: 2 },
  ...{ U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 },
};

/** Largest header that is read, as in the reference implementation. */
const longestHeader = 100_000_000;

const dtypeOf = (data: Tensor['data']): string =>
  types.isUint32Array(data)
    ? 'U32'
    : types.isInt8Array(data)
      ? 'I8'
      : ({ 8: 'F64', 4: 'F32', 2: 'BF16', 1: 'U8' } as const)[data.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8];

/** A tensor of a file: bytes [begin, end) of the data. */
export interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  /** Length of the header, after which the data begin. */
  readonly length: number;
  readonly metadata: Readonly<Record<string, string>>;
  /** By name, in the order of the data. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

export interface Tensor {
  /** The numbers. A Uint16Array has the bits of bfloat16 numbers. */
  data: FloatArray | Uint32Array | Uint16Array | Uint8Array | Int8Array;
  shape: readonly number[];
}

export interface TensorFile {
  tensors: ReadonlyMap<string, Tensor>;
  metadata: Readonly<Record<string, string>>;
}

/** The header of a file, with `length` bytes of data after it. */
export function headerOf({ tensors, metadata }: TensorFile): { header: Uint8Array; length: number } {
  const json: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { data, shape }] of tensors) {
    const begin = end;
    end += data.byteLength;
    json[name] = { dtype: dtypeOf(data), shape, data_offsets: [begin, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(json));
  const start = Math.ceil((8 + text.length) / 8) * 8; // readers may map the file, so the data are aligned
  if (start - 8 > longestHeader)
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `the header of a safetensors file has at most ${longestHeader} bytes, not ${start - 8}`,
    );
  const header = new Uint8Array(start).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(start - 8), true);
  header.set(text, 8);
  return { header, length: end };
}

export function writeSafetensors(file: TensorFile): Uint8Array {
  const { header, length } = headerOf(file);
  const total = header.length + length;
  const bytes = allocated(total, () => new Uint8Array(total));
  bytes.set(header);
  let at = header.length;
  for (const { data } of file.tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

export const corrupt = (what: string): Error => errorWith('ERR_CORRUPT_FILE', `not a valid safetensors file: ${what}`);

/**
 * Length of the header of a file of `size` bytes, from its first bytes.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE`
 */
export function headerLength(first: Uint8Array, size: number): number {
  if (size < 8 || first.length < 8) throw corrupt('it is shorter than its header');
  if (Buffer.from(first.subarray(0, 4)).toString('latin1') === 'PK\x03\x04')
    throw corrupt('it is a zip archive, as torch.save writes; write it with safetensors.torch.save_file');
  const length = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
  if (length > size - 8) throw corrupt('its header is cut off');
  if (length > longestHeader) throw corrupt(`its header has more than ${longestHeader} bytes`);
  return 8 + length;
}

/**
 * Reads the header of a file of `size` bytes.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE` if it is incomplete, or if its tensors don't fill the rest of the file.
 */
export function parseHeader(header: Uint8Array, size: number): Header {
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header.subarray(8)));
  } catch {
    throw corrupt('its header is not JSON');
  }
  if (!isObject(json)) throw corrupt('its header is not an object');
  const { __metadata__: metadata = {}, ...others } = json;
  if (!isObject(metadata)) throw corrupt('its metadata are not an object');
  const entries = Object.entries(others)
    .map(([name, value]): [string, TensorEntry] => [name, entryOf(name, value, size - header.length)])
    .sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  // The data must be contiguous up to the end.
  const reached = entries.reduce((at, [, { begin, end }]) => (begin === at ? end : Number.NaN), 0);
  if (reached !== size - header.length) throw corrupt('its tensors overlap or leave bytes over');
  return { length: header.length, metadata: metadata as Record<string, string>, entries: new Map(entries) };
}

function entryOf(name: string, value: unknown, bytes: number): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (isObject(value) ? value : {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !Array.isArray(offsets))
    throw corrupt(`the entry of ${shortened(name)} is incomplete`);
  if (!Object.hasOwn(bytesOfNumber, dtype))
    throw corrupt(
      `${shortened(name)} has the type ${shortened(dtype)}, but known types are ${Object.keys(bytesOfNumber).join(', ')}`,
    );
  const [begin, end] = offsets;
  const size = shape.reduce((product, n) => (Number.isSafeInteger(n) && n >= 0 ? product * n : Number.NaN), 1);
  const isInside = Number.isSafeInteger(begin) && begin >= 0 && Number.isSafeInteger(end) && end <= bytes;
  if (!isInside || end !== begin + size * bytesOfNumber[dtype]!)
    throw corrupt(`the data of ${shortened(name)} do not fit its shape or the file`);
  return { dtype, shape, begin, end };
}

/** @throws GlissadeError `ERR_CORRUPT_FILE` if the bytes are not a complete and consistent file. */
export function readSafetensors(bytes: Uint8Array): { tensors: Map<string, Tensor>; metadata: Record<string, string> } {
  const header = parseHeader(bytes.subarray(0, headerLength(bytes, bytes.length)), bytes.length);
  const body = bytes.subarray(header.length);
  const tensors = new Map<string, Tensor>();
  for (const [name, { dtype, shape, begin, end }] of header.entries) {
    const Type = dtypes[dtype as keyof typeof dtypes];
    if (!Type)
      throw corrupt(
        `${shortened(name)} has the type ${shortened(dtype)}, but known types are ${Object.keys(dtypes).join(', ')}`,
      );
    tensors.set(name, { data: new Type(Uint8Array.from(body.subarray(begin, end)).buffer), shape });
  }
  return { tensors, metadata: header.metadata };
}
