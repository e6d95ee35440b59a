import { checkInternal, internal } from '../checks/internal.js';
import { checkArray } from '../checks/lists.js';
import { checkOptions, orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkAttached } from '../checks/typed_arrays.js';
import { errorWith } from '../errors.js';
import { floats } from '../numbers/memory.js';
import type { Indices } from './sparse.js';
import { areRows, countOf, emptyError, isNumbers, mostColumns, type Row } from './table.js';

export interface CategoriesOptions {
  /** The categories 0, 1, … of each column: an array of rows, or numbers row after row. */
  values: Indices | readonly Indices[];
  /** Number of columns. Default: the length of a row, or of `cardinalities`, or 1. */
  columns?: number | undefined;
  /**
   * Number of categories of each column. Default: one more than the largest that occurs. Give it if other data, as for
   * validation or prediction, may have categories that don't occur here.
   */
  cardinalities?: Indices | undefined;
}

/** The codes, row after row. @internal */
export let codesOf: (categories: Categories) => Uint32Array;

/** Columns of categories, for a dataset. */
export class Categories {
  readonly rows: number;
  readonly columns: number;
  readonly cardinalities: readonly number[];
  readonly #codes: Uint32Array;

  /** @internal */
  constructor(key: typeof internal, codes: Uint32Array, cardinalities: readonly number[]) {
    checkInternal(key, 'Categories: use categories()');
    this.#codes = codes;
    this.cardinalities = Object.freeze(cardinalities.slice());
    this.columns = cardinalities.length;
    this.rows = codes.length / this.columns;
  }

  /** Whether a value is a `Categories` of this module. */
  static is(value: unknown): value is Categories {
    return value !== null && typeof value === 'object' && #codes in value;
  }

  static {
    codesOf = (categories) => categories.#codes;
  }
}

/**
 * Makes columns of categories, whole numbers from 0 on, for a dataset. Everything is copied.
 *
 * @example
 * categories({ values: [[0, 3], [1, 0]], cardinalities: [2, 7] }); // two rows of two columns
 * @throws RangeError `ERR_OUT_OF_RANGE` for a category that is negative, fractional or beyond its column's, with row
 *   and column; `ERR_SHAPE` for rows that don't fit; TypeError `ERR_INVALID_ARGUMENT` for other types.
 */
export function categories(options: CategoriesOptions): Categories {
  checkOptions('categories', options, ['values', 'columns', 'cardinalities']);
  const { columns: stated } = options;
  const values: unknown = options.values;
  if (!isNumbers(values)) throw invalid('values', 'an array of categories', values);
  if (countOf('values', values) === 0) throw emptyError('values', values);
  const given = options.cardinalities === undefined ? undefined : checkCardinalities(options.cardinalities);
  const rows: readonly Row[] | undefined = areRows(values) ? values : undefined;
  const width = orDefault(stated, rows ? widthOf(rows[0]) : (given?.length ?? 1));
  const columns = checkInteger('columns', width, 1, mostColumns);
  if (given && given.length !== columns)
    throw errorWith('ERR_SHAPE', `cardinalities has ${given.length} elements for ${columns} columns`);
  const codes = rows ? ofRows(rows, columns) : ofNumbers(values as Indices, columns);

  const found = new Array<number>(columns).fill(0);
  for (let i = 0; i < codes.length; ++i) {
    const column = i % columns;
    const code = codes[i]!;
    if (given && code >= given[column]!)
      throw errorWith(
        'ERR_OUT_OF_RANGE',
        `values has category ${code} at ${placeOf(i, columns)}, which has ${given[column]} categories`,
      );
    if (code >= found[column]!) found[column] = code + 1;
  }
  return new Categories(internal, codes, given ?? found);
}

function widthOf(row: unknown): number {
  if (!isNumbers(row)) throw invalid('values[0]', 'an array of categories', row);
  return countOf('values[0]', row);
}

function checkCardinalities(cardinalities: unknown): number[] {
  if (!isNumbers(cardinalities)) throw invalid('cardinalities', 'an array of whole numbers', cardinalities);
  checkAttached('cardinalities', cardinalities);
  const sizes: number[] = [];
  const count = countOf('cardinalities', cardinalities);
  for (let j = 0; j < count; ++j) sizes.push(checkInteger(`cardinalities[${j}]`, cardinalities[j], 1, mostColumns));
  return sizes;
}

const placeOf = (i: number, columns: number): string => `row ${Math.floor(i / columns)}, column ${i % columns}`;

function ofRows(rows: readonly Row[], columns: number): Uint32Array {
  const list = checkArray('values', rows, 'an array of rows', (row, i) => {
    if (!isNumbers(row)) throw invalid(`values[${i}]`, 'an array of categories', row);
    const count = countOf(`values[${i}]`, row);
    if (count !== columns)
      throw errorWith('ERR_SHAPE', `values[${i}] has ${count} elements, but there are ${columns} columns`);
    return row;
  });
  const codes = noCodes(list.length * columns);
  for (const [i, row] of list.entries()) fill(codes, i * columns, row, columns, columns);
  return codes;
}

function ofNumbers(numbers: Indices, columns: number): Uint32Array {
  const count = countOf('values', numbers);
  if (count % columns !== 0)
    throw errorWith('ERR_SHAPE', `values has ${count} elements, which is not a multiple of columns, ${columns}`);
  const codes = noCodes(count);
  fill(codes, 0, numbers, count, columns);
  return codes;
}

const noCodes = (count: number): Uint32Array => new Uint32Array(floats('float32', count).buffer);

/** Writes codes from `offset` on. Each number is read once. */
function fill(codes: Uint32Array, offset: number, numbers: Row, count: number, columns: number): void {
  for (let i = 0; i < count; ++i) {
    const code: unknown = numbers[i];
    const isCode = typeof code === 'number' && code >>> 0 === code && code < mostColumns;
    if (!isCode) checkInteger(`values at ${placeOf(offset + i, columns)}`, code, 0, mostColumns - 1);
    codes[offset + i] = code as number;
  }
}
