import { types } from 'node:util';
import type { FloatArray, NativeGradients, NativeRows } from '../addon/index.js';
import { type Bfloat16Array, isBfloat16 } from '../bfloat16.js';
import { checkInteger, invalid, isFloatArray } from '../checks.js';
import { errorWith } from '../errors.js';
import type { Plan } from './plan.js';

/** A gradient that is zero but for some rows of a matrix. Rows may occur more than once, in any order: they are summed. */
export interface SparseGradient {
  readonly rows: Uint32Array | Int32Array | readonly number[];
  /** `columns` numbers for each of `rows`. */
  readonly values: FloatArray;
  /** How many columns the matrix has. */
  readonly columns: number;
}

/** Of a frozen parameter it may be undefined. */
export type Gradient = FloatArray | Bfloat16Array | SparseGradient | undefined;

/** What the native side takes. */
export interface Gradients {
  values: NativeGradients;
  rows: NativeRows;
}

/** Checks what can be checked here, and returns the gradients as lists that no getter or proxy can change any more. */
export function readGradients(gradients: readonly Gradient[], plan: Plan): Gradients {
  const { arrays } = plan;
  if (!Array.isArray(gradients)) throw invalid('gradients', 'an array of typed arrays', gradients);
  if (gradients.length !== arrays.length)
    throw errorWith('ERR_SHAPE', `there are ${gradients.length} gradients for ${arrays.length} parameters`);
  const rows: (Uint32Array | undefined)[] = [];
  const values = Array.from(gradients as readonly Gradient[], (gradient, i) => {
    rows.push(undefined);
    if (isFloatArray(gradient) || (gradient === undefined && arrays[i]!.frozen)) return gradient;
    if (isBfloat16(gradient)) return gradient.bfloat16;
    const name = `gradients[${i}]`;
    if (types.isUint16Array(gradient))
      throw errorWith('ERR_INVALID_ARGUMENT', `${name} is a Uint16Array; mark it as bfloat16(bits)`);
    if (gradient === null || typeof gradient !== 'object' || !('rows' in gradient)) return gradient; // refused by name on the native side
    if (arrays[i]!.frozen) return undefined;
    const { values } = gradient;
    rows[i] = rowsOf(gradient, values, i, plan);
    return values;
  });
  return { values, rows };
}

function rowsOf({ rows, columns }: SparseGradient, values: FloatArray, i: number, plan: Plan): Uint32Array {
  const name = `gradients[${i}]`;
  const reason = plan.whyNotSparse(i);
  if (reason !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', `parameters[${i}] takes no sparse gradients: ${reason}`);
  if (!isFloatArray(values)) throw invalid(`${name}.values`, 'a Float32Array or Float64Array', values);
  const width = plan.arrays[i]!.shape[1];
  if (columns !== width)
    throw errorWith('ERR_SHAPE', `${name} has ${columns} columns, but parameters[${i}] has ${width}`);
  if (types.isUint32Array(rows)) return rows;
  if (!types.isInt32Array(rows) && !Array.isArray(rows))
    throw invalid(`${name}.rows`, 'a Uint32Array, an Int32Array or an array of row numbers', rows);
  return Uint32Array.from(rows as readonly number[], (row) => checkInteger(`${name}.rows`, row, 0, 2 ** 32 - 1));
}
