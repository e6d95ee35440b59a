import { types } from 'node:util';
import { isArray, isObject, isPlainObject } from '../../checks/kinds.js';
import { invalid, quoted, shown } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { type Cell, type Column, type ColumnType, missingCode } from '../column.js';
import type { Chunk, Source } from '../source.js';
import { WordList } from '../words.js';

/** Rows that are read at a time. */
const chunkRows = 8192;

/** A row of a program: an object with the names of the columns. A name that is left out is a missing value. */
export type RowObject = Readonly<Record<string, unknown>>;

/** What the type of a JavaScript value is in a column; undefined where it is missing. */
export function typeOfCell(value: unknown): ColumnType | undefined | 'other' {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : 'number';
  if (typeof value === 'bigint') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'word';
  return types.isDate(value) ? 'date' : 'other';
}

/** A cell as the number that a column of numbers, dates or truth values keeps. */
export const numberOfCell = (value: unknown): number =>
  value === null || value === undefined ? Number.NaN : Number(value);

/**
 * Rows that are objects: an array, an iterable, or an asynchronous iterable as a cursor of a database gives it. The first rows say what
 * columns there are; an iterable is read once.
 */
export async function rowsSource(rows: unknown, name = 'rows'): Promise<Source> {
  const list = await listOf(rows);
  if (list.length === 0) throw errorWith('ERR_SHAPE', `${name} has no rows`);
  const names = new Set<string>();
  for (const [i, row] of list.entries()) {
    if (!isObject(row) || isArray(row)) throw invalid(`row ${i}`, 'an object with the names of the columns', row);
    for (const key of Object.keys(row)) names.add(key);
  }
  const fields = Array.from(names, (field) => ({ name: field, type: typeOfColumn(list as RowObject[], field) }));
  return {
    name,
    fields,
    rows: list.length,
    async *chunks() {
      const words = fields.map(() => new WordList());
      for (let begin = 0; begin < list.length; begin += chunkRows) {
        const piece = list.slice(begin, begin + chunkRows) as RowObject[];
        const columns = fields.map(({ name: field, type }, i) =>
          columnOfCells(
            piece.map((row) => row[field]),
            type,
            words[i]!,
          ),
        );
        yield { rows: piece.length, columns } satisfies Chunk;
      }
    },
  };
}

async function listOf(rows: unknown): Promise<unknown[]> {
  if (isArray(rows)) return [...rows];
  const list: unknown[] = [];
  for await (const row of rows as AsyncIterable<unknown>) list.push(row);
  return list;
}

/** The type of all values of a column; words where there are several. */
function typeOfColumn(rows: readonly RowObject[], name: string): ColumnType {
  let found: ColumnType | undefined;
  for (const [i, row] of rows.entries()) {
    const type = typeOfCell(row[name]);
    if (type === 'other')
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `row ${i}, column ${quoted(name)}: Expected a number, a string, a boolean, a Date or null but received ${shown(row[name])}`,
      );
    if (type === undefined || type === found) continue;
    if (found !== undefined) return 'word';
    found = type;
  }
  return found ?? 'word';
}

/** Values as a column of a type. */
export function columnOfCells(cells: readonly unknown[], type: ColumnType, words: WordList): Column {
  if (type !== 'word') return { type, values: Float64Array.from(cells, numberOfCell) };
  return { type, codes: Uint32Array.from(cells, (cell) => codeOf(cell as Cell, words)), words };
}

const codeOf = (cell: Cell | undefined, words: WordList): number =>
  typeOfCell(cell) === undefined ? missingCode : words.add(wordOfCell(cell));

/** A cell as a word. */
export const wordOfCell = (cell: unknown): string => (types.isDate(cell) ? cell.toISOString() : String(cell));

/** Whether a value is a list of rows. */
export const areRowObjects = (value: unknown): boolean =>
  isArray(value) ||
  (isObject(value) && !isPlainObject(value) && (Symbol.iterator in value || Symbol.asyncIterator in value));
