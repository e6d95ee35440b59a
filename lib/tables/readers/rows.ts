import { types } from 'node:util';
import { isArray, isObject, isPlainObject } from '../../checks/kinds.js';
import { invalid, quoted, shown } from '../../checks/shown.js';
import { errorWith, newArray } from '../../errors.js';
import { type Cell, type Column, type ColumnType, cellOf, lengthOfColumn, missingCode, pieceOf } from '../column.js';
import { ColumnBuilder } from '../column_builder.js';
import type { Chunk, Source } from '../source.js';
import { checkTypes } from '../types.js';
import { WordList } from '../words.js';
import { formsOf } from './date_forms.js';
import { readText } from './typed_texts.js';

/** Rows that are read at a time. */
const chunkRows = 8192;

/** A row as an object with the names of the columns. The value of a name that is left out is missing. */
export type RowObject = Readonly<Record<string, unknown>>;

/** The type of a column for a JavaScript value; undefined for a missing value. */
export function typeOfCell(value: unknown): ColumnType | undefined | 'other' {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : 'number';
  if (typeof value === 'bigint') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'word';
  if (!types.isDate(value)) return 'other';
  return Number.isNaN(value.getTime()) ? undefined : 'date';
}

/** A value of a row. Inherited properties such as `constructor` don't count as values. */
export function valueIn(row: RowObject, name: string): unknown {
  const value = row[name];
  return typeOfCell(value) === 'other' && !Object.hasOwn(row, name) ? undefined : value;
}

/** A cell as the number that a column of numbers, dates or truth values keeps. */
const numberOfCell = (value: unknown): number => (value === null || value === undefined ? Number.NaN : Number(value));

/**
 * Rows as objects: an array, an iterable, or an asynchronous iterable such as a database cursor. They are read once into
 * columns, and not kept. A column with values of several types has words.
 *
 * @param types Types of columns by their names, in place of inferred ones. Strings are parsed as those of JSON files are.
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names the row and the column; RangeError `ERR_SHAPE` without rows.
 */
export async function rowsSource(
  rows: unknown,
  name = 'rows',
  types?: Readonly<Record<string, ColumnType>>,
): Promise<Source> {
  const givenTypes = checkTypes(types, Object.keys(types ?? {}), name);
  const columns = new Map<string, GrowingColumn>();
  let count = 0;
  let piece: RowObject[] = [];
  const take = () => {
    for (const row of piece)
      for (const key of Object.keys(row))
        if (!columns.has(key)) columns.set(key, new GrowingColumn(key, count, givenTypes.get(key)));
    for (const [key, column] of columns)
      column.add(
        piece.map((row) => valueIn(row, key)),
        count,
      );
    count += piece.length;
    piece = [];
  };
  const add = (row: unknown) => {
    if (!isObject(row) || isArray(row))
      throw invalid(`row ${count + piece.length + 1}`, 'an object with the names of the columns', row);
    piece.push(row as RowObject);
    if (piece.length === chunkRows) take();
  };
  if (isArray(rows)) for (const row of rows) add(row);
  else for await (const row of rows as AsyncIterable<unknown>) add(row);
  if (piece.length > 0) take();
  if (count === 0) throw errorWith('ERR_SHAPE', `${name} has no rows`);
  checkTypes(types, [...columns.keys()], name);
  const built = Array.from(columns.values(), (column) => column.build());
  return {
    name,
    fields: Array.from(columns.keys(), (key, i) => ({ name: key, type: built[i]!.type })),
    dateTexts: new Map(
      Array.from(columns.keys()).flatMap((key, i): [string, 'given'][] =>
        built[i]!.type === 'word' && givenTypes.get(key) === 'date' ? [[key, 'given']] : [],
      ),
    ),
    rows: count,
    async *chunks() {
      for (let begin = 0; begin < count; begin += chunkRows) {
        const end = Math.min(begin + chunkRows, count);
        yield { rows: end - begin, columns: built.map((column) => pieceOf(column, begin, end)) } satisfies Chunk;
      }
    },
  };
}

/** A growing column. Its type is that of all values so far. */
class GrowingColumn {
  readonly #name: string;
  readonly #givenType: ColumnType | undefined;
  #type: ColumnType | undefined;
  #builder: ColumnBuilder | undefined;
  #words = new WordList();
  /** The number of missing values before the first value. */
  #missing: number;

  /** @param givenType The given type of its values. */
  constructor(name: string, rowsBefore: number, givenType: ColumnType | undefined) {
    this.#name = name;
    this.#givenType = givenType;
    this.#missing = rowsBefore;
  }

  add(values: readonly unknown[], rowsBefore: number): void {
    const givenType = this.#givenType;
    const cells = givenType ? values.map((value, i) => this.#converted(givenType, value, rowsBefore + i + 1)) : values;
    const type = cells.reduce<ColumnType | undefined>((found, cell, i) => {
      const one = this.#typeOf(cell, rowsBefore + i + 1);
      return found === undefined || one === undefined || one === found ? (found ?? one) : 'word';
    }, this.#type);
    if (type === undefined) this.#missing += cells.length;
    else {
      this.#become(type);
      this.#builder!.add(columnOfCells(cells, type, this.#words));
    }
  }

  build(): Column {
    this.#become(this.#type ?? this.#givenType ?? 'word');
    return this.#builder!.build();
  }

  /** A value converted to the given type. */
  #converted(type: ColumnType, value: unknown, row: number): unknown {
    const given = this.#typeOf(value, row);
    if (given === undefined) return null;
    if (type === 'word') return wordOfCell(value);
    if (type === 'date' && typeof value === 'string' && formsOf([value]).length > 0) return value; // the table reads it
    const number =
      typeof value === 'string'
        ? readText(type, value)
        : (given === 'date') === (type === 'date')
          ? Number(value)
          : Number.NaN;
    if (Number.isNaN(number))
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `row ${row}, column ${quoted(this.#name)}: ${shown(value)} is not a ${type}, the type given for this column; the type 'word' accepts any value`,
      );
    return type === 'boolean' ? number !== 0 : type === 'date' ? new Date(number) : number;
  }

  #typeOf(cell: unknown, row: number): ColumnType | undefined {
    const type = typeOfCell(cell);
    if (type === 'other')
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `row ${row}, column ${quoted(this.#name)}: Expected a number, a string, a boolean, a Date or null but received ${shown(cell)}`,
      );
    return typeof cell === 'bigint' && !Number.isSafeInteger(Number(cell)) ? 'word' : type;
  }

  #become(type: ColumnType): void {
    if (this.#builder && this.#type === type) return;
    const before = this.#builder?.build();
    const cells = before
      ? Array.from({ length: lengthOfColumn(before) }, (_, row) => cellOf(before, row))
      : new Array<null>(this.#missing).fill(null);
    this.#type = type;
    this.#builder = new ColumnBuilder(type, undefined);
    this.#builder.add(columnOfCells(cells, type, this.#words));
  }
}

/** Values as a column of a type. */
export function columnOfCells(cells: readonly unknown[], type: ColumnType, words: WordList): Column {
  const { length } = cells;
  if (type !== 'word') {
    const values = newArray(Float64Array, length);
    for (let i = 0; i < length; ++i) values[i] = numberOfCell(cells[i]);
    return { type, values };
  }
  const codes = newArray(Uint32Array, length);
  for (let i = 0; i < length; ++i) codes[i] = codeOf(cells[i] as Cell, words);
  return { type, codes, words };
}

const codeOf = (cell: Cell | undefined, words: WordList): number =>
  typeOfCell(cell) === undefined ? missingCode : words.add(wordOfCell(cell));

/** A cell as a word. */
export const wordOfCell = (cell: unknown): string => (types.isDate(cell) ? cell.toISOString() : String(cell));

/** Whether a value is a list of rows. */
export const areRowObjects = (value: unknown): boolean =>
  isObject(value) &&
  !isPlainObject(value) &&
  !ArrayBuffer.isView(value) &&
  (isIterable(value) || isAsyncIterable(value));

const isIterable = (value: object): boolean => typeof (value as Iterable<unknown>)[Symbol.iterator] === 'function';

const isAsyncIterable = (value: object): boolean =>
  typeof (value as AsyncIterable<unknown>)[Symbol.asyncIterator] === 'function';
