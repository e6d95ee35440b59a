import { invalid } from '../checks/shown.js';
import { newArray } from '../errors.js';
import type { DateForm } from './date_form.js';
import type { Words } from './words.js';

/** How the values of a column are stored. */
export type ColumnType = 'number' | 'date' | 'boolean' | 'word';

export const columnTypes = ['number', 'date', 'boolean', 'word'] as const;

/** The code of a missing word. */
export const missingCode = 0xffffffff;

/** Numbers; dates as milliseconds since 1970 in UTC; booleans as 0 and 1. NaN is a missing value. */
export interface NumberColumn {
  readonly type: 'number' | 'date' | 'boolean';
  readonly values: Float64Array;
  /** How dates were written that were read from texts other than ISO 8601. */
  readonly form?: DateForm;
}

/** Words, as codes of a dictionary; {@link missingCode} is a missing word. */
export interface WordColumn {
  readonly type: 'word';
  readonly codes: Uint32Array;
  readonly words: Words;
}

/** The values of a column for adjacent rows. */
export type Column = NumberColumn | WordColumn;

/** A value of a table as a program sees it. */
export type Cell = number | string | boolean | Date | null;

/** The value in a row. */
export function cellOf(column: Column, row: number): Cell {
  if (column.type === 'word') {
    const code = column.codes[row]!;
    return code === missingCode ? null : column.words.word(code);
  }
  const value = column.values[row]!;
  if (Number.isNaN(value)) return null;
  if (column.type === 'date') return new Date(value);
  return column.type === 'boolean' ? value !== 0 : value;
}

/** A number for each row, the same for equal values: the codes of words, or the numbers themselves. */
export const keysOf = (column: Column): Uint32Array | Float64Array =>
  column.type === 'word' ? column.codes : column.values;

export const lengthOfColumn = (column: Column): number => keysOf(column).length;

/** The rows of a column from `begin` to before `end`, over the same memory. */
export const pieceOf = (column: Column, begin: number, end: number): Column =>
  column.type === 'word'
    ? { ...column, codes: column.codes.subarray(begin, end) }
    : { ...column, values: column.values.subarray(begin, end) };

/** The listed rows of a column, copied. */
export function rowsOf(column: Column, rows: Uint32Array): Column {
  const from = keysOf(column);
  const to = column.type === 'word' ? newArray(Uint32Array, rows.length) : newArray(Float64Array, rows.length);
  for (let i = 0; i < rows.length; ++i) to[i] = from[rows[i]!]!;
  return { ...column, ...(column.type === 'word' ? { codes: to } : { values: to }) } as Column;
}

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless it is a string. */
export function checkColumnName(name: string, given: unknown): string {
  if (typeof given === 'string') return given;
  throw invalid(name, 'the name of a column', given);
}
