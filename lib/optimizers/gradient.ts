import { types } from 'node:util';
import type { FloatArray, NativeGradients, NativeRows } from '../addon/index.js';
import { isObject } from '../checks/kinds.js';
import { checkArray } from '../checks/lists.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid, shown } from '../checks/shown.js';
import { checkAttached, isFloatArray, lengthOf } from '../checks/typed_arrays.js';
import { errorWith, newArray } from '../errors.js';
import { type Bfloat16Array, bitsOf } from '../numbers/bfloat16.js';
import type { Plan } from './plan.js';

/**
 * A gradient that is zero except in some rows of a matrix. Rows may be in any order; those that occur several times are
 * summed.
 */
export interface SparseGradient {
  readonly rows: Uint32Array | Int32Array | readonly number[];
  /** `columns` numbers for each element of `rows`. */
  readonly values: FloatArray;
  /** Number of columns of the matrix. */
  readonly columns: number;
}

/** The gradient of a parameter. It may be undefined if the parameter is frozen. */
export type Gradient = FloatArray | Bfloat16Array | SparseGradient | undefined;

/** Gradients as the native side takes them. */
export interface Gradients {
  values: NativeGradients;
  rows: NativeRows;
}

/** Checks gradients as far as TypeScript does, and returns them as lists that no getter or proxy can change. */
export function readGradients(gradients: readonly Gradient[], plan: Plan): Gradients {
  const { arrays } = plan;
  const rows: (Uint32Array | undefined)[] = [];
  const values = checkArray('gradients', gradients, 'an array of typed arrays', (element, i, length) => {
    if (i === 0) checkCount(length, arrays.length);
    rows.push(undefined);
    const gradient = element as Gradient;
    if (isFloatArray(gradient) || (gradient === undefined && arrays[i]!.frozen)) return gradient;
    const bits = bitsOf(gradient);
    if (bits) return bits;
    const name = `gradients[${i}]`;
    if (types.isUint16Array(gradient))
      throw errorWith('ERR_INVALID_ARGUMENT', `${name} is a Uint16Array; mark it as bfloat16(bits)`);
    if (!isObject(gradient) || !('rows' in gradient)) return gradient as unknown as FloatArray; // refused natively
    const { values } = gradient as SparseGradient;
    const list = rowsOf(gradient as SparseGradient, values, i, plan);
    if (arrays[i]!.frozen) return checkUnused(`gradients[${i}]`, list, values, arrays[i]!.shape);
    rows[i] = list;
    return values;
  });
  checkCount(values.length, arrays.length);
  return { values, rows };
}

function checkedRows(name: string, rows: Int32Array): Uint32Array {
  checkAttached(`${name}.rows`, rows);
  const list = newArray(Uint32Array, lengthOf(rows));
  for (let i = 0; i < list.length; ++i) list[i] = checkInteger(`${name}.rows`, rows[i], 0, 2 ** 32 - 1);
  return list;
}

/** Checks a frozen parameter's gradient as the native side checks others; it is not used. */
function checkUnused(name: string, rows: Uint32Array, values: FloatArray, shape: readonly number[]): undefined {
  for (const [what, array] of Object.entries({ rows, values })) checkAttached(`${name}.${what}`, array);
  const [count, columns] = shape as [number, number];
  for (const row of rows)
    if (row >= count)
      throw errorWith('ERR_OUT_OF_RANGE', `${name}.rows contains ${row}, but the parameter has ${count} rows`);
  const expected = lengthOf(rows) * columns;
  if (lengthOf(values) !== expected)
    throw errorWith('ERR_SHAPE', `${name}.values has ${lengthOf(values)} elements, but its rows have ${expected}`);
}

function checkCount(gradients: number, parameters: number): void {
  if (gradients !== parameters)
    throw errorWith('ERR_SHAPE', `there are ${gradients} gradients for ${parameters} parameters`);
}

function rowsOf({ rows, columns }: SparseGradient, values: FloatArray, i: number, plan: Plan): Uint32Array {
  const name = `gradients[${i}]`;
  const { frozen, shape } = plan.arrays[i]!;
  const reason = frozen && shape.length === 2 ? undefined : plan.whyNotSparse(i); // frozen: the rule does not matter
  if (reason !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', `parameters[${i}] takes no sparse gradients: ${reason}`);
  if (!isFloatArray(values)) throw invalid(`${name}.values`, 'a Float32Array or Float64Array', values);
  const width = shape[1];
  if (columns !== width)
    throw errorWith('ERR_SHAPE', `${name} has ${shown(columns)} columns, but parameters[${i}] has ${width}`);
  if (types.isUint32Array(rows)) return rows;
  if (types.isInt32Array(rows)) return checkedRows(name, rows);
  return new Uint32Array(
    checkArray(`${name}.rows`, rows, 'a Uint32Array, an Int32Array or an array of row numbers', (row) =>
      checkInteger(`${name}.rows`, row, 0, 2 ** 32 - 1),
    ),
  );
}
