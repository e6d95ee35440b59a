import { types } from 'node:util';
import { addon, type NativeSparseTable } from '../addon/index.js';
import { checkInternal, internal } from '../checks/internal.js';
import { isArray } from '../checks/kinds.js';
import { checkArray, isLength } from '../checks/lists.js';
import { checkOptions } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkAttached, isFloatArray, isShared, lengthOf } from '../checks/typed_arrays.js';
import { allocated, errorWith, newArray } from '../errors.js';
import { floats } from '../numbers/memory.js';
import { nonFiniteError, RowCollector } from './row_collector.js';
import { countOf, emptyError, isNumbers, mostColumns } from './table.js';

/** A column and its value, or a column whose value is 1. */
export type SparseEntry = number | readonly [column: number, value: number];

/** An array of whole numbers (or, as `values`, of any numbers). */
export type Indices =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | readonly number[];

export interface SparseRowsOptions {
  /** Number of columns. Their indices are 0, …, `columns` − 1. */
  columns: number;
  /** The entries of each row, in any order. Entries of the same column are summed in float64. */
  rows: readonly (readonly SparseEntry[] | Indices)[];
}

export interface SparseArraysOptions {
  /** Number of columns. Their indices are 0, …, `columns` − 1. */
  columns: number;
  /** Row i has the entries `offsets[i]` to `offsets[i + 1]` − 1, so there is one offset more than rows. */
  offsets: Indices | BigUint64Array | BigInt64Array;
  /** The column of each entry, in any order within a row. Entries of the same column are summed. */
  indices: Indices;
  /** The value of each entry. Default: all 1. */
  values?: Indices | undefined;
}

/** The native side of sparse rows. @internal */
export let nativeTable: (sparse: Sparse) => NativeSparseTable;

/**
 * Sparse rows (CSR) in native memory: 4 bytes for the column of an entry, 4 for its value (a float32) unless all values
 * are 1, and 8 for a row. If a sum of entries is not representable as float32, 4 more bytes per entry store the
 * remainders, so networks of type float64 get the whole sum. Datasets of these rows share their memory.
 */
export class Sparse {
  readonly rows: number;
  readonly columns: number;
  /** Number of stored entries. */
  readonly entries: number;
  readonly #native: NativeSparseTable;

  /** @internal */
  constructor(key: typeof internal, native: NativeSparseTable) {
    checkInternal(key, 'Sparse: use sparse(), SparseBuilder or hashFeatures()');
    this.#native = native;
    this.rows = native.rows();
    this.columns = native.columns();
    this.entries = native.entries();
  }

  /**
   * The entries of a row, by ascending column, rounded to float32.
   *
   * @throws RangeError `ERR_OUT_OF_RANGE` for a row that does not exist.
   */
  row(row: number): { indices: Uint32Array; values: Float32Array } {
    return this.#native.row(checkInteger('row', row, 0, this.rows - 1));
  }

  /** Whether a value is a `Sparse` of this module. */
  static is(value: unknown): value is Sparse {
    return value !== null && typeof value === 'object' && #native in value;
  }

  static {
    nativeTable = (sparse) => sparse.#native;
  }
}

/**
 * Makes sparse columns for a dataset, from the entries of each row or from arrays in CSR format. Everything is copied.
 *
 * @example
 * sparse({ columns: 1000, rows: [[[3, 0.5], [17, 2]], [5, 6]] }); // values 0.5 and 2; a 1 each
 * sparse({ columns: 1000, offsets: [0, 2, 4], indices: [3, 17, 5, 6], values: [0.5, 2, 1, 1] }); // equal rows
 * @throws RangeError `ERR_OUT_OF_RANGE` for a column that is negative, fractional or too large, with row and entry;
 *   `ERR_SHAPE` for offsets that don't ascend or lengths that don't fit; TypeError `ERR_INVALID_ARGUMENT` for other
 *   types; GlissadeError `ERR_NON_FINITE` for values that are not finite in float32, with their number, and row and
 *   column of the first.
 */
export function sparse(options: SparseRowsOptions | SparseArraysOptions): Sparse {
  checkOptions('sparse', options, ['columns', 'rows', 'offsets', 'indices', 'values']);
  const columns = checkInteger('columns', options.columns, 1, mostColumns);
  if (!('rows' in options)) return ofArrays(columns, options);
  for (const other of ['offsets', 'indices', 'values'])
    if (other in options)
      throw errorWith('ERR_INVALID_ARGUMENT', `sparse: ${other} is for arrays; rows contain their entries`);
  const collector = new RowCollector(columns);
  const rows = checkArray('rows', options.rows, 'an array of rows', (row, i) => {
    if (!isNumbers(row)) throw invalid(`row ${i}`, 'an array of entries', row);
    return row as readonly SparseEntry[] | Indices;
  });
  if (rows.length === 0) throw emptyError('rows', rows);
  for (const row of rows) addRow(collector, 'rows', row, () => nonFiniteCount(rows));
  return new Sparse(internal, collector.build());
}

/**
 * Collects sparse rows one by one in native memory. It takes little more than the {@link Sparse} that it builds.
 *
 * @example
 * const builder = new SparseBuilder({ columns: 2 ** 18 });
 * builder.add([[3, 0.5], [17, 2]]); // entries
 * builder.add([5, 6]); // ones
 * builder.add(indices, values); // arrays of equal length
 * const data = new Dataset({ inputs: builder.build(), targets });
 */
export class SparseBuilder {
  readonly columns: number;
  readonly #collector: RowCollector;

  constructor(options: { columns: number }) {
    checkOptions('SparseBuilder', options, ['columns']);
    this.columns = checkInteger('columns', options.columns, 1, mostColumns);
    this.#collector = new RowCollector(this.columns);
  }

  /** Number of rows since the last `build`. */
  get rows(): number {
    return this.#collector.rows;
  }

  /**
   * Adds a row of entries in any order. Entries of the same column are summed. Nothing is added if it throws.
   *
   * @throws The errors of {@link sparse}.
   */
  add(entries: readonly SparseEntry[] | Indices): this;
  add(indices: Indices, values: Indices): this;
  add(entries: readonly SparseEntry[] | Indices, values?: Indices): this {
    if (values === undefined) addRow(this.#collector, 'the row', entries, (count) => count);
    else addPair(this.#collector, entries, values);
    return this;
  }

  /**
   * Returns the rows so far, and empties the builder.
   *
   * @throws RangeError `ERR_SHAPE` if there are none.
   */
  build(): Sparse {
    return new Sparse(internal, this.#collector.build());
  }
}

/** Adds one row to a collector, or none if an entry is invalid. */
function addRow(
  collector: RowCollector,
  name: string,
  entries: readonly SparseEntry[] | Indices,
  count: (ofRow: number) => number,
): void {
  if (!isNumbers(entries)) throw invalid(`row ${collector.rows}`, 'an array of entries', entries);
  const length: unknown = ArrayBuffer.isView(entries) ? lengthOf(entries) : entries.length;
  if (!isLength(length)) throw invalid(`the number of entries of row ${collector.rows}`, 'a whole number', length);
  if (length === 0) checkAttached(`row ${collector.rows}`, entries);
  try {
    for (let position = 0; position < length; ++position) {
      const entry: unknown = entries[position];
      if (typeof entry === 'number') collector.push(checkColumn(collector, position, entry), 1);
      else if (isArray(entry) && entry.length === 2) {
        const column = checkColumn(collector, position, entry[0]);
        const value: unknown = entry[1];
        if (typeof value !== 'number')
          throw invalid(`the value of row ${collector.rows}, entry ${position}`, 'a number', value);
        if (!Number.isFinite(Math.fround(value)))
          throw nonFiniteError(name, count(countInRow(entries)), value, collector.rows, column);
        collector.push(column, value);
      } else throw invalid(`row ${collector.rows}, entry ${position}`, 'a column or [column, value]', entry);
    }
  } catch (error) {
    collector.dropRow();
    throw error;
  }
  collector.endRow();
}

function addPair(collector: RowCollector, indices: readonly SparseEntry[] | Indices, values: Indices): void {
  if (!isNumbers(indices)) throw invalid('indices', 'an array of columns', indices);
  if (!isNumbers(values)) throw invalid('values', 'an array of numbers', values);
  checkAttached('indices', indices);
  checkAttached('values', values);
  const length = countOf('indices', indices);
  checkSameLength(countOf('values', values), length);
  const entries: SparseEntry[] = [];
  for (let i = 0; i < length; ++i) entries.push([checkColumn(collector, i, indices[i]), values[i]!]);
  addRow(collector, 'the row', entries, (count) => count);
}

function checkSameLength(values: number, indices: number): void {
  if (values !== indices) throw errorWith('ERR_SHAPE', `values has ${values} elements, but indices has ${indices}`);
}

function checkColumn(collector: RowCollector, entry: number, column: unknown): number {
  const { columns, rows } = collector;
  if (typeof column === 'number' && column >>> 0 === column && column < columns) return column;
  throw columnError(columns, rows, entry, column);
}

function columnError(columns: number, row: number, entry: number, column: unknown): Error {
  const [expected, name] = [`a column from 0 to ${columns - 1}`, `row ${row}, entry ${entry}`];
  if (typeof column !== 'number') return invalid(name, expected, column);
  return errorWith('ERR_OUT_OF_RANGE', `Expected ${expected} for ${name} but received ${column}`);
}

const isNonFinite = (value: unknown): boolean => typeof value === 'number' && !Number.isFinite(Math.fround(value));

function countInRow(entries: readonly SparseEntry[] | Indices): number {
  let count = 0;
  for (let i = 0; i < entries.length; ++i) {
    const entry: unknown = entries[i];
    if (isArray(entry) && isNonFinite(entry[1])) ++count;
  }
  return count;
}

const nonFiniteCount = (rows: SparseRowsOptions['rows']): number =>
  rows.reduce((count, row) => count + (isNumbers(row) ? countInRow(row) : 0), 0);

function ofArrays(columns: number, options: SparseArraysOptions): Sparse {
  const given = options.offsets;
  const indices: unknown = options.indices;
  const values: unknown = options.values;
  const offsets = offsetsOf(given);
  if (!isNumbers(indices)) throw invalid('indices', 'an array of columns', indices);
  if (values !== undefined && !isNumbers(values)) throw invalid('values', 'an array of numbers', values);
  for (const [name, array] of Object.entries({ offsets: given, indices, values })) checkAttached(name, array);
  if (offsets.length < 2) throw errorWith('ERR_SHAPE', `offsets has ${offsets.length} elements, but needs at least 2`);
  if (offsets[0] !== 0) throw errorWith('ERR_SHAPE', `offsets[0] is ${offsets[0]}, but entries begin at 0`);
  const last = offsets[offsets.length - 1]!;
  const count = countOf('indices', indices);
  if (last !== count) throw errorWith('ERR_SHAPE', `offsets ends with ${last}, but indices has ${count} elements`);
  if (values !== undefined) checkSameLength(countOf('values', values), count);
  const native = new addon.SparseBuilder(columns);
  native.append(
    offsets,
    offsets.length - 1,
    columnsOf(indices as Indices, count, columns, offsets),
    values === undefined ? undefined : valuesOf(values as Indices, count),
  );
  return new Sparse(internal, native.build());
}

function offsetsOf(offsets: SparseArraysOptions['offsets']): Float64Array {
  if (types.isBigUint64Array(offsets) || types.isBigInt64Array(offsets)) {
    const numbers = newArray(Float64Array, lengthOf(offsets));
    for (let i = 0; i < numbers.length; ++i) numbers[i] = Number(offsets[i]);
    return numbers;
  }
  const list: unknown = offsets;
  if (!isNumbers(list)) throw invalid('offsets', 'an array of whole numbers', list);
  return numbersIn('offsets', list, floats('float64', countOf('offsets', list)) as Float64Array);
}

function columnsOf(indices: Indices, count: number, columns: number, offsets: Float64Array): Uint32Array {
  if (types.isUint32Array(indices))
    return isShared(indices) ? allocated(4 * count, () => new Uint32Array(indices)) : indices; // a private copy
  const checked = newArray(Uint32Array, count);
  for (let i = 0; i < count; ++i) {
    const column: unknown = indices[i];
    if (typeof column !== 'number' || column >>> 0 !== column || column >= columns) {
      const row = offsets.findIndex((offset, r) => offset <= i && i < offsets[r + 1]!);
      throw columnError(columns, row, i - offsets[row]!, column);
    }
    checked[i] = column;
  }
  return checked;
}

const valuesOf = (values: Indices, count: number): Float32Array | Float64Array =>
  isFloatArray(values) ? values : numbersIn('values', values, newArray(Float64Array, count));

function numbersIn(name: string, numbers: ArrayLike<number>, into: Float64Array): Float64Array {
  for (let i = 0; i < into.length; ++i) {
    const value: unknown = numbers[i];
    if (typeof value !== 'number') throw invalid(`${name}[${i}]`, 'a number', value);
    into[i] = value;
  }
  return into;
}
