import { types } from 'node:util';
import type { FloatType } from '../addon/index.js';
import { bytesOf, lengthOf } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { bitsOf, fromBfloat16 } from '../numbers/bfloat16.js';
import { indexOfNonFinite } from '../numbers/vectors.js';
import { tableOf, type Values } from './table.js';

/** Finite numbers, row after row, to be read in TypeScript. */
export interface Rows {
  readonly values: ArrayLike<number>;
  readonly count: number;
  readonly columns: number;
  /** Type of results: float32 for inputs in float32 or bfloat16, else float64. */
  readonly type: FloatType;
}

/**
 * Reads a table, and checks that it is finite.
 *
 * @throws The errors of {@link tableOf}; GlissadeError `ERR_NON_FINITE` with row and column.
 */
export function rowsOf(name: string, given: Values, width: number | undefined, widthName: string): Rows {
  const table = tableOf(name, given, width, widthName, 'float64');
  const { columns } = table;
  const bits = bitsOf(given);
  const values = bits ? fromBfloat16(bits) : plain(table.values as Float32Array);
  const place = indexOfNonFinite(values);
  if (place >= 0)
    throw errorWith(
      'ERR_NON_FINITE',
      `${name} is not finite in row ${Math.floor(place / columns)}, column ${place % columns}: ${values[place]}`,
    );
  const type = types.isFloat32Array(values) ? 'float32' : 'float64';
  return { values, count: values.length / columns, columns, type };
}

/** A view of an array's numbers, as a plain typed array without own properties. */
function plain(array: ArrayBufferView): ArrayLike<number> {
  const bytes = bytesOf(array);
  const Class = classes.find(([is]) => is(array))![1];
  return new Class(bytes.buffer as ArrayBuffer, bytes.byteOffset, lengthOf(array));
}

const classes = [
  [types.isFloat32Array, Float32Array],
  [types.isFloat64Array, Float64Array],
  [types.isUint8Array, Uint8Array],
  [types.isUint8ClampedArray, Uint8ClampedArray],
] as const;
