import { types } from 'node:util';
import { checkInternal, internal } from '../checks/internal.js';
import { checkArray } from '../checks/lists.js';
import { checkInteger } from '../checks/ranges.js';
import { invalid } from '../checks/shown.js';
import { checkAttached } from '../checks/typed_arrays.js';
import { gatherValues, type Ranks, rangeOfRank, together } from '../distributed/ranks.js';
import { noteShared } from '../distributed/shared_errors.js';
import { errorWith } from '../errors.js';
import { type Cell, type Column, type ColumnType, cellOf, lengthOfColumn, pieceOf, rowsOf } from './column.js';
import { ColumnBuilder } from './column_builder.js';
import { describeColumn } from './describe.js';
import { type ColumnKind, checkKinds, kindFrom, kindOfColumn, lookAt } from './kinds.js';
import { withDates } from './readers/date_columns.js';
import { partOf } from './readers/parts.js';
import { columnOfCells } from './readers/rows.js';
import type { Chunk, Field, Source } from './source.js';
import { unknownColumn } from './source_errors.js';
import { splitRows, type TableSplitOptions } from './splits.js';
import { TableDescription } from './table_description.js';
import { WordList } from './words.js';

/** Rows of a chunk. */
const chunkRows = 16_384;

/** A row as an object, by the names of the columns. */
export type TableRow = Record<string, Cell>;

/** A column of a table; a copy if the table is a selection. @internal */
export let columnOf: (table: Table, name: string) => Column;

/** A table in which the values of one column are in another order. @internal */
export let permuted: (table: Table, name: string, order: Uint32Array) => Table;

/** The rows of a table in chunks. @internal */
export let chunksOf: (table: Table, size?: number) => Generator<Chunk>;

/** The number of a row for messages, from 1: its number in the source of the table. @internal */
export let rowNumberOf: (table: Table, row: number) => number;

/** The ranks that share the rows, if this table is one rank's part. @internal */
export let ranksOf: (table: Table) => Ranks | undefined;

/** This rank's range of a table that all ranks have. */
let rangeOfTable: (table: Table, ranks: Ranks) => Table;

/** For a table that is one rank's part: how it relates to the whole. */
interface PartOfTable {
  /** The ranks that share the rows. */
  readonly ranks: Ranks;
  /** The index of a row of the part among all rows. */
  rowOf(row: number): number;
}

/** The kinds of all columns by their names: the given ones, else inferred from the values. */
export const kindsOf = (table: Table): Map<string, ColumnKind> =>
  new Map(
    checkTable('table', table).columns.map((name) => [
      name,
      givenKind(table, name) ?? kindOfColumn(name, columnOf(table, name)),
    ]),
  );

/** The kinds of all columns; if the table is a rank's part, inferred from the rows of all ranks. */
export async function kindsOverAll(table: Table): Promise<Map<string, ColumnKind>> {
  const ranks = ranksOf(table);
  if (!ranks) return kindsOf(table);
  const asked = table.columns.filter((name) => givenKind(table, name) === undefined);
  const all = await gatherValues(
    ranks,
    asked.map((name) => lookAt(columnOf(table, name), ranks.size)),
  );
  return new Map(
    table.columns.map((name) => {
      const seen = all.map((each) => each[asked.indexOf(name)]!);
      return [name, givenKind(table, name) ?? kindFrom(name, seen)];
    }),
  );
}

/** The rows of all ranks in one table, which each rank gets, if the table is a rank's part; else the table. */
export async function gatheredRows(table: Table): Promise<Table> {
  const ranks = ranksOf(table);
  if (!ranks) return table;
  const parts = await gatherValues(
    ranks,
    table.columns.map((name) => cellsOf(columnOf(table, name))),
  );
  const columns = table.fields.map(({ name, type }, i): [string, Column] => [
    name,
    columnOfCells(
      parts.flatMap((part) => part[i]!),
      type,
      new WordList(),
    ),
  ]);
  const kinds = table.columns.flatMap((name): [string, ColumnKind][] => {
    const kind = givenKind(table, name);
    return kind === undefined ? [] : [[name, kind]];
  });
  return new Table(internal, table.name, new Map(columns), new Map(kinds));
}

/** A sample of the rows of all ranks at equal distances, if the table is a rank's part; else the table. */
export async function sampleOverAll(table: Table, most: number): Promise<Table> {
  const ranks = ranksOf(table);
  if (!ranks) return table;
  const distance = Math.max(1, Math.ceil((table.rows * ranks.size) / most));
  return gatheredRows(
    table.select(Uint32Array.from({ length: Math.ceil(table.rows / distance) }, (_, i) => i * distance)),
  );
}

const cellsOf = (column: Column): Cell[] =>
  Array.from({ length: lengthOfColumn(column) }, (_, row) => cellOf(column, row));

/** The number of rows of all ranks together. */
export const rowsOverAll = async (table: Table): Promise<number> =>
  (await together(ranksOf(table), table.rows)).reduce((sum, rows) => sum + rows, 0);

const fieldOf = (name: string, column: Column): Field => ({
  name,
  type: column.type,
  ...(column.type !== 'word' && column.form ? { form: column.form } : {}),
});

/** @throws TypeError `ERR_INVALID_ARGUMENT` unless it is a table. */
export function checkTable(name: string, value: Table): Table {
  if (Table.is(value)) return value;
  throw invalid(name, 'a table that table() returned', value);
}

/** The given kind of a column, if there is one. */
export let givenKind: (table: Table, name: string) => ColumnKind | undefined;

/** The same table with given kinds of some columns. @internal */
export let withKinds: (table: Table, kinds: ReadonlyMap<string, ColumnKind>) => Table;

/**
 * Rows of named columns in memory outside of the JavaScript heap. Numbers and dates take 8 bytes each, words 4 bytes each plus
 * a dictionary. A table never changes.
 */
export class Table implements Source {
  /** Its name in messages, such as `people.csv`. */
  readonly name: string;
  /** Names of the columns, and the types of their stored values. */
  readonly fields: readonly Field[];
  readonly rows: number;
  readonly #columns: ReadonlyMap<string, Column>;
  /** This table's rows of the columns; undefined stands for all. */
  readonly #selection: Uint32Array | undefined;
  /** Given kinds of columns. */
  readonly #kinds: ReadonlyMap<string, ColumnKind>;
  readonly #part: PartOfTable | undefined;

  /** @internal */
  constructor(
    key: typeof internal,
    name: string,
    columns: ReadonlyMap<string, Column>,
    kinds: ReadonlyMap<string, ColumnKind>,
    selection?: Uint32Array,
    part?: PartOfTable,
  ) {
    checkInternal(key, 'Table: use table()');
    this.name = name;
    this.#columns = columns;
    this.#kinds = kinds;
    this.#selection = selection;
    this.#part = part;
    this.fields = Object.freeze(Array.from(columns, ([one, column]) => Object.freeze(fieldOf(one, column))));
    const [first] = columns.values();
    this.rows = selection?.length ?? (first ? lengthOfColumn(first) : 0);
  }

  /** Names of the columns. */
  get columns(): readonly string[] {
    return this.fields.map(({ name }) => name);
  }

  /** For each row, its index in the source of the table. */
  get rowNumbers(): Uint32Array {
    return Uint32Array.from({ length: this.rows }, (_, row) => rowNumberOf(this, row) - 1);
  }

  /** @throws TypeError `ERR_INVALID_ARGUMENT` if there is no column of this name. */
  typeOf(name: string): ColumnType {
    return this.#whole(name).type;
  }

  /**
   * A copy of the values of a column: numbers, dates as milliseconds since 1970 and booleans as 0 and 1, with NaN for missing
   * values; or words, with `null` for missing values.
   */
  values(name: string): Float64Array | (string | null)[] {
    const column = columnOf(this, name);
    if (column.type !== 'word') return column.values.slice();
    return Array.from(column.codes, (_, row) => cellOf(column, row) as string | null);
  }

  /** A row as an object. */
  row(row: number): TableRow {
    const at = checkInteger('row', row, 0, this.rows - 1);
    const place = this.#selection ? this.#selection[at]! : at;
    return Object.fromEntries(Array.from(this.#columns, ([name, column]) => [name, cellOf(column, place)]));
  }

  /** The rows as objects, one after the other. */
  *[Symbol.iterator](): IterableIterator<TableRow> {
    for (let row = 0; row < this.rows; ++row) yield this.row(row);
  }

  /**
   * A table of the given rows, in the given order, over the same memory.
   *
   * @throws RangeError `ERR_OUT_OF_RANGE` for a row that does not exist, `ERR_SHAPE` for no rows.
   */
  select(rows: Uint32Array | readonly number[]): Table {
    checkAttached('rows', rows);
    const given = types.isUint32Array(rows) ? rows : checkArray('rows', rows, 'an array of rows, or a Uint32Array');
    const list = Uint32Array.from(given as number[], (row, i) => checkInteger(`rows[${i}]`, row, 0, this.rows - 1));
    if (list.length === 0) throw errorWith('ERR_SHAPE', 'rows is empty: a table needs at least one row');
    const numbers = this.#selection;
    return new Table(
      internal,
      this.name,
      this.#columns,
      this.#kinds,
      numbers ? list.map((row) => numbers[row]!) : list,
      this.#part,
    );
  }

  /**
   * Describes each column: its kind, missing and different values, quantiles and a histogram of numbers and dates, the most
   * frequent words. `String()` of the result is a table for people.
   */
  describe(): TableDescription {
    const columns = Array.from(kindsOf(this), ([name, kind]) => describeColumn(name, columnOf(this, name), kind));
    return new TableDescription(this.rows, columns);
  }

  /**
   * Divides the rows into a training set and a held-out set: at random, by groups, or by time. Both are in the order of the table
   * and over the same memory. Their `rowNumbers` say which rows they have.
   *
   * @example
   * const [training, heldOut] = flights.split({ validation: 0.2, seed: 1 });
   * flights.split({ by: 'aircraft' });
   * flights.split({ time: 'departure', after: new Date('2001-03-01') });
   * @throws TypeError, RangeError for options that don't fit, or that exclude each other; RangeError `ERR_SHAPE` if a
   *   side would be empty.
   */
  split(options: TableSplitOptions = {}): [training: Table, heldOut: Table] {
    const { training, heldOut } = splitRows(this, (name) => columnOf(this, name), options);
    return [this.select(training), this.select(heldOut)];
  }

  /**
   * A table without some columns.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` for an unknown column; RangeError `ERR_SHAPE` if no column is left.
   */
  without(names: readonly string[]): Table {
    const list = checkArray('names', names, 'an array of names', (name) => {
      this.#whole(name as string);
      return name;
    });
    const rest = new Map(Array.from(this.#columns).filter(([name]) => !list.includes(name)));
    if (rest.size === 0) throw errorWith('ERR_SHAPE', `no column of ${this.name} is left`);
    return new Table(internal, this.name, rest, this.#kinds, this.#selection, this.#part);
  }

  async *chunks(): AsyncGenerator<Chunk> {
    yield* chunksOf(this);
  }

  #whole(name: string): Column {
    const column = this.#columns.get(name);
    if (column) return column;
    if (typeof name !== 'string') throw invalid('the name of a column', 'a string', name);
    throw unknownColumn(this.name, this.columns, name);
  }

  /** Whether a value is a table of this module. */
  static is(value: unknown): value is Table {
    return value !== null && typeof value === 'object' && #columns in value;
  }

  static {
    rowNumberOf = (table, row) => {
      const place = table.#selection ? table.#selection[row]! : row;
      return (table.#part ? table.#part.rowOf(place) : place) + 1;
    };
    givenKind = (table, name) => table.#kinds.get(name);
    withKinds = (table, kinds) =>
      new Table(
        internal,
        table.name,
        table.#columns,
        new Map([...table.#kinds, ...kinds]),
        table.#selection,
        table.#part,
      );
    ranksOf = (table) => table.#part?.ranks;
    rangeOfTable = (table, ranks) => {
      const { begin, end } = rangeOfRank(table.rows, ranks);
      const part = { ranks, rowOf: (row: number) => row };
      const selection = table.rowNumbers.subarray(begin, end);
      return new Table(internal, table.name, table.#columns, table.#kinds, selection, part);
    };
    columnOf = (table, name) => {
      const column = table.#whole(name);
      return table.#selection ? rowsOf(column, table.#selection) : column;
    };
    permuted = (table, name, order) => {
      const columns = table.columns.map((one): [string, Column] => {
        const column = columnOf(table, one);
        return [one, one === name ? rowsOf(column, order) : column];
      });
      return new Table(internal, table.name, new Map(columns), table.#kinds, undefined, table.#part);
    };
    chunksOf = function* (table, size = chunkRows) {
      const selection = table.#selection;
      for (let begin = 0; begin < table.rows; begin += size) {
        const end = Math.min(begin + size, table.rows);
        const columns = Array.from(table.#columns.values(), (column) =>
          selection ? rowsOf(column, selection.subarray(begin, end)) : pieceOf(column, begin, end),
        );
        yield { rows: end - begin, columns };
      }
    };
  }
}

/** Reads this rank's part of the rows of a source. All ranks call this together. */
export async function tableOfRank(
  source: Source,
  ranks: Ranks,
  onRows?: (rows: number) => void,
  kinds?: unknown,
): Promise<Table> {
  if (!Table.is(source)) {
    const part = { ...(await partOf(source, ranks)), dateTexts: source.dateTexts };
    return tableFrom(part, onRows, kinds, { name: source.name, ranks });
  }
  const table = await tableFrom(source, onRows, kinds);
  return ranksOf(table) ? table : rangeOfTable(table, ranks);
}

/**
 * Reads all rows of a source.
 *
 * @param onRows Called with the number of rows so far.
 * @param kinds Kinds of columns by their names, in place of those that their values suggest.
 * @param whole The name of the source that this one is a rank's part of, and the ranks.
 */
export async function tableFrom(
  source: Source,
  onRows?: (rows: number) => void,
  kinds?: unknown,
  whole?: { name: string; ranks: Ranks },
): Promise<Table> {
  const given = checkKinds(kinds, source.fields, source.name);
  if (Table.is(source)) return given.size === 0 ? source : withKinds(source, given);
  if (source.fields.length === 0) throw errorWith('ERR_SHAPE', `${source.name} has no columns`);
  const builders = source.fields.map(({ type }) => new ColumnBuilder(type, source.rows));
  let rows = 0;
  for await (const chunk of source.chunks()) {
    for (const [i, column] of chunk.columns.entries()) builders[i]!.add(column);
    rows += chunk.rows;
    chunk.release?.();
    onRows?.(rows);
  }
  const counts = await together(whole?.ranks, rows);
  const empty = counts.indexOf(0);
  if (empty >= 0)
    throw noteShared(
      errorWith(
        'ERR_SHAPE',
        `${source.name} has no rows${whole ? ` for rank ${empty}; read all of it on each rank` : ''}`,
      ),
    );
  const built = new Map(source.fields.map(({ name }, i) => [name, builders[i]!.build()]));
  const columns = await withDates(built, source.dateTexts ?? new Map(), source.name, whole?.ranks);
  if (!whole) return new Table(internal, source.name, columns, given);
  const { name, ranks } = whole;
  const before = counts.slice(0, ranks.rank).reduce((sum, count) => sum + count, 0);
  const rowOf = source.rowOf ?? ((row: number) => before + row);
  return new Table(internal, name, columns, given, undefined, { ranks, rowOf });
}
