import { errorWith, newArray } from '../errors.js';
import { corrupt } from './messages.js';
import { dataTypes, type OnnxTensor } from './schema.js';

/** A tensor whose numbers are in the file. NaN stands for the number of rows, which varies. */
export interface Constant {
  readonly dims: readonly number[];
  readonly values: ArrayLike<number>;
}

const words = {
  [dataTypes.float]: { bytes: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) },
  [dataTypes.double]: { bytes: 8, read: (view: DataView, at: number) => view.getFloat64(at, true) },
  [dataTypes.int32]: { bytes: 4, read: (view: DataView, at: number) => view.getInt32(at, true) },
  [dataTypes.int64]: { bytes: 8, read: (view: DataView, at: number) => Number(view.getBigInt64(at, true)) },
} as const;

/**
 * @throws GlissadeError `ERR_CORRUPT_FILE` if the numbers don't fit the shape; TypeError `ERR_INVALID_ARGUMENT` for
 *   data in other files, and for types that no layer uses.
 */
export function constantOf(tensor: OnnxTensor): Constant {
  refuseExternalData(tensor);
  const { dims, dataType, rawData } = tensor;
  const name = tensor.name ?? '';
  const size = dims.reduce((product, side) => (side >= 0 ? product * side : Number.NaN), 1);
  const type = words[dataType as keyof typeof words];
  if (type === undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `the tensor "${name}" has data type ${dataType}; only float, double, int32 and int64 are supported`,
    );
  const typed = { 1: tensor.floatData, 6: tensor.int32Data, 7: tensor.int64Data, 11: tensor.doubleData }[
    dataType as 1 | 6 | 7 | 11
  ];
  const length = rawData === undefined ? typed.length : rawData.length / type.bytes;
  if (length !== size) throw corrupt(`the tensor "${name}" has ${length} numbers for a shape of ${size}`);
  if (rawData === undefined) return { dims, values: typed };
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const values = newArray(Float64Array, size);
  for (let i = 0; i < size; ++i) values[i] = type.read(view, i * type.bytes);
  return { dims, values };
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` if the numbers of a tensor are in another file. */
export function refuseExternalData({ name = '', externalData, dataLocation }: OnnxTensor): void {
  if (externalData.length === 0 && dataLocation !== 1) return;
  throw errorWith(
    'ERR_INVALID_ARGUMENT',
    `the tensor "${name}" is in another file (external data), which is not supported; save the model as one file`,
  );
}

/**
 * Whether a constant, spread over a tensor, is the same number everywhere, or one for each channel. `sidesAfter` is the
 * number of the tensor's sides after the channels.
 */
export function isForChannels({ dims, values }: Constant, channels: number, sidesAfter: number): boolean {
  if (values.length === 1) return true;
  const sides = dims.slice(dims.findIndex((side) => side !== 1)); // leading sides of 1 change nothing
  return sides[0] === channels && sides.length === 1 + sidesAfter && sides.slice(1).every((side) => side === 1);
}

export const isScalar = ({ values }: Constant, value: number): boolean =>
  values.length === 1 && Math.abs(values[0]! - value) <= 1e-6 * Math.abs(value);
