import { types } from 'node:util';
import type { FloatArray } from '../addon/index.js';
import { errorWith } from '../errors.js';
import { allocated } from '../numbers/memory.js';

// An 8-byte length, a JSON header and the data. The npm packages for the format only read headers of remote files.
// https://huggingface.co/docs/safetensors

const dtypes = { F32: Float32Array, F64: Float64Array, BF16: Uint16Array, U8: Uint8Array, U32: Uint32Array } as const;
type Dtype = keyof typeof dtypes;

const dtypeOf = (data: Tensor['data']): Dtype =>
  types.isUint32Array(data)
    ? 'U32'
    : ({ 8: 'F64', 4: 'F32', 2: 'BF16', 1: 'U8' } as const)[data.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8];

interface Entry {
  dtype: Dtype;
  shape: number[];
  data_offsets: [number, number];
}

export interface Tensor {
  /** The numbers; a Uint16Array holds bits of bfloat16. */
  data: FloatArray | Uint32Array | Uint16Array | Uint8Array;
  shape: number[];
}

export interface TensorFile {
  tensors: Map<string, Tensor>;
  metadata: Record<string, string>;
}

export function writeSafetensors({ tensors, metadata }: TensorFile): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { data, shape }] of tensors) {
    const begin = end;
    end += data.byteLength;
    header[name] = { dtype: dtypeOf(data), shape, data_offsets: [begin, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((8 + json.length) / 8) * 8; // readers may map the file, so the data are aligned
  const bytes = allocated(start + end, () => new Uint8Array(start + end)).fill(0x20, 0, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(json, 8);
  let at = start;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** @throws GlissadeError `ERR_CORRUPT_FILE` if the bytes are not a complete and consistent file. */
export function readSafetensors(bytes: Uint8Array): TensorFile {
  const corrupt = (what: string) => errorWith('ERR_CORRUPT_FILE', `not a valid safetensors file: ${what}`);
  if (bytes.byteLength < 8) throw corrupt('it is shorter than its header');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.byteLength - 8) throw corrupt('its header is cut off');
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch {
    throw corrupt('its header is not JSON');
  }
  if (header === null || typeof header !== 'object') throw corrupt('its header is not an object');

  const body = bytes.subarray(8 + length);
  const { __metadata__: metadata = {}, ...entries } = header as { __metadata__?: Record<string, string> } & Record<
    string,
    unknown
  >;
  if (metadata === null || typeof metadata !== 'object') throw corrupt('its metadata are not an object');
  const tensors = new Map<string, Tensor>();
  const extents: [number, number][] = [];
  for (const [name, value] of Object.entries(entries)) {
    const entry = value as Partial<Entry>;
    if (
      entry === null ||
      typeof entry !== 'object' ||
      !entry.dtype ||
      !Array.isArray(entry.shape) ||
      !Array.isArray(entry.data_offsets)
    )
      throw corrupt(`the entry of ${name} is incomplete`);
    const Type = dtypes[entry.dtype];
    if (!Type) throw corrupt(`${name} is of type ${entry.dtype}, known are ${Object.keys(dtypes).join(', ')}`);
    const [begin, end] = entry.data_offsets;
    const size = entry.shape.reduce((product, n) => (Number.isSafeInteger(n) && n >= 0 ? product * n : Number.NaN), 1);
    if (
      !(
        Number.isSafeInteger(begin) &&
        begin >= 0 &&
        end === begin + size * Type.BYTES_PER_ELEMENT &&
        end <= body.length
      )
    )
      throw corrupt(`the data of ${name} do not fit its shape or the file`);
    extents.push([begin, end]);
    tensors.set(name, { data: new Type(Uint8Array.from(body.subarray(begin, end)).buffer), shape: entry.shape });
  }
  // The data must follow each other without gaps up to the end.
  const reached = extents
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
    .reduce((at, [begin, end]) => (begin === at ? end : Number.NaN), 0);
  if (reached !== body.length) throw corrupt('its tensors overlap or leave bytes over');
  return { tensors, metadata };
}
