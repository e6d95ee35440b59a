import { types } from 'node:util';
import type { FloatType } from '../addon/index.js';
import { isArray } from '../checks/kinds.js';
import { checkArray, lengthOfList } from '../checks/lists.js';
import { orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkAttached, copyInto, lengthOf } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { type Bfloat16Array, bitsOf } from '../numbers/bfloat16.js';
import { floats } from '../numbers/memory.js';

/** Numbers, row after row, in a typed or plain array; or an array of rows. */
export type Values =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Bfloat16Array
  | readonly number[]
  | readonly Row[];

/** One row of numbers. */
export type Row = ArrayLike<number> & Iterable<number>;

/** Arrays whose format the native side reads. */
type Stored = Float32Array | Float64Array | Uint8Array | Uint8ClampedArray;

/** Largest number of columns, and of categories of a column. */
export const mostColumns = 2 ** 31 - 1;

/** A row-major table, ready for the native side. */
export interface Table {
  values: ArrayBufferView;
  columns: number;
  /** Number of elements, over all rows. */
  length: number;
}

export function emptyError(name: string, values: object): Error {
  checkAttached(name, values);
  return errorWith('ERR_SHAPE', `${name} is empty: it has 0 elements`);
}

export function isStored(values: unknown): values is Stored {
  return (
    types.isFloat32Array(values) ||
    types.isFloat64Array(values) ||
    types.isUint8Array(values) ||
    types.isUint8ClampedArray(values)
  );
}

function isOtherInteger(values: unknown): values is Int8Array | Int16Array | Uint16Array | Int32Array | Uint32Array {
  return (
    types.isInt8Array(values) ||
    types.isInt16Array(values) ||
    types.isUint16Array(values) ||
    types.isInt32Array(values) ||
    types.isUint32Array(values)
  );
}

/** Whether a value is a plain array, or a typed array of floats or of integers up to 32 bits. */
export const isNumbers = (value: unknown): value is ArrayLike<number> & Iterable<number> => isRow(value);

const isRow = (value: unknown): value is Row => isArray(value) || isStored(value) || isOtherInteger(value);

/** Whether values are an array of rows, judging by the first one. */
export const areRows = (values: unknown): values is readonly Row[] => isArray(values) && isRow(values[0]);

/** Number of elements. An own property `length` of a typed array is ignored. */
export const countOf = (name: string, numbers: ArrayLike<unknown>): number =>
  ArrayBuffer.isView(numbers) ? lengthOf(numbers) : lengthOfList(name, numbers as readonly unknown[]);

/**
 * Values as one typed array of complete rows. An array whose format the native side reads is returned as it is; others
 * are converted to `type`. `columnsName` names `columns` in messages.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`, RangeError `ERR_SHAPE`, GlissadeError `ERR_DETACHED`, with `name`.
 */
export function tableOf(
  name: string,
  values: Values,
  columns: number | undefined,
  columnsName: string,
  type: FloatType,
): Table {
  if (areRows(values)) {
    let width: number | undefined;
    const rows = checkArray(name, values, 'an array of rows', (row, i) => {
      if (!isRow(row)) throw invalid(`${name}[${i}]`, 'an array of numbers', row);
      const count = countOf(`${name}[${i}]`, row);
      width ??= checkInteger(columnsName, orDefault(columns, Math.max(count, 1)), 1, mostColumns);
      if (count === 0) throw emptyError(`${name}[${i}]`, row);
      if (count !== width)
        throw errorWith('ERR_SHAPE', `${name}[${i}] has ${count} elements, but ${columnsName} is ${width}`);
      return row;
    });
    if (width === undefined) throw emptyError(name, rows);
    const flat = floats(type, rows.length * width);
    for (const [i, row] of rows.entries()) fill(flat, i * width, row, width, `${name}[${i}]`);
    return { values: flat, columns: width, length: flat.length };
  }
  const flat = flatten(name, values, type);
  const length = lengthOf(flat);
  const width = checkInteger(columnsName, columns, 1, mostColumns);
  if (length % width !== 0)
    throw errorWith('ERR_SHAPE', `${name} has ${length} elements, which is not a multiple of ${columnsName}, ${width}`);
  return { values: flat, columns: width, length };
}

/** Numbers in a format that the native side reads, where a Uint16Array means bfloat16. */
function flatten(name: string, values: unknown, type: FloatType): Stored | Uint16Array {
  const bits = bitsOf(values);
  const numbers: unknown = bits ?? values;
  if (!isRow(numbers)) throw invalid(name, 'a typed array of numbers or an array', values);
  const count = countOf(name, numbers);
  if (count === 0) throw emptyError(name, numbers);
  if (bits) return bits;
  if (isStored(numbers)) return numbers;
  const flat = floats(type, count);
  if (isOtherInteger(numbers)) copyInto(flat, numbers);
  else fill(flat, 0, numbers as readonly number[], count, name);
  return flat;
}

/**
 * Targets for the `rows` rows of the array that errors call `beside`, ready for the native side. Without `columns`, the
 * number of targets per row follows from their number.
 *
 * @throws The errors of {@link tableOf}, with the name `targets`.
 */
export function targetTable(values: Values, columns: number | undefined, rows: number, beside = 'inputs'): Table {
  const numbers: unknown = bitsOf(values) ?? values;
  const length = isRow(numbers) ? countOf('targets', numbers) : 0;
  const ofRows = areRows(values);
  if (columns === undefined && !ofRows && length % rows !== 0)
    throw errorWith('ERR_SHAPE', `targets has ${length} elements for ${rows} rows of ${beside}`);
  const targets = tableOf(
    'targets',
    numbers === values ? values : { bfloat16: numbers as Uint16Array },
    columns ?? (ofRows ? undefined : length / rows),
    'targetColumns',
    'float64',
  );
  if (targets.length !== rows * targets.columns)
    throw errorWith('ERR_SHAPE', `targets has ${targets.length / targets.columns} rows, but ${beside} has ${rows}`);
  return targets;
}

/** Copies numbers, each of which is read once. */
function fill(into: Stored, offset: number, numbers: Row, count: number, name: string): void {
  for (let i = 0; i < count; ++i) {
    const value: unknown = numbers[i];
    if (typeof value !== 'number') throw invalid(`${name}[${i}]`, 'a number', value);
    into[offset + i] = value;
  }
}
