import { types } from 'node:util';
import type { FloatType } from '../addon/index.js';
import { isBfloat16 } from '../bfloat16.js';
import { errorWith } from '../errors.js';
import { indexOfNonFinite } from '../vectors.js';
import { tableOf, type Values } from './table.js';

/** Finite numbers, row after row, that are read here and not by the native side. */
export interface Rows {
  readonly values: ArrayLike<number>;
  readonly count: number;
  readonly columns: number;
  /** The type that results have: float32 for numbers that are no wider, unless they are integers. */
  readonly type: FloatType;
}

/** @throws As {@link tableOf}; GlissadeError `ERR_NON_FINITE`, by row and column. */
export function rowsOf(name: string, given: Values, width: number | undefined, widthName: string): Rows {
  const table = tableOf(name, given, width, widthName, 'float64');
  const { columns } = table;
  const values = isBfloat16(given) ? widened(given.bfloat16) : (table.values as unknown as ArrayLike<number>);
  const place = indexOfNonFinite(values);
  if (place >= 0)
    throw errorWith(
      'ERR_NON_FINITE',
      `${name} is not finite in row ${Math.floor(place / columns)}, column ${place % columns}: ${values[place]}`,
    );
  const type = types.isFloat32Array(values) ? 'float32' : 'float64';
  return { values, count: values.length / columns, columns, type };
}

/** Numbers in bfloat16 as the float32 numbers whose upper halves they are. */
const widened = (bits: Uint16Array): Float32Array => new Float32Array(Uint32Array.from(bits, (x) => x << 16).buffer);
