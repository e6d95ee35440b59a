import { isObject } from '../checks/kinds.js';
import type { Ranks } from '../distributed/ranks.js';
import type { Column, ColumnType } from './column.js';
import type { DateForm } from './date_form.js';

/** A column of a source: its name, and the type of its stored values. */
export interface Field {
  readonly name: string;
  readonly type: ColumnType;
  /** How dates were written in a text, if not in ISO 8601: the form of 25 June 1998. */
  readonly form?: DateForm;
}

/** Adjacent rows of all columns of a source, in the order of its fields. */
export interface Chunk {
  readonly rows: number;
  readonly columns: readonly Column[];
  /** Frees the memory of the columns earlier than the garbage collector. They must not be used afterwards. */
  release?(): void;
}

/** Whether codes of words are the same in all chunks, or later chunks may use new dictionaries. */
export type Codes = 'lasting' | 'passing';

/** Whether a column of texts becomes dates if all texts are dates of one form, or has to. */
export type DateTexts = ReadonlyMap<string, 'inferred' | 'given'>;

/** A source of rows, which are read in chunks: a file, a query or a table. */
export interface Source {
  /** Its name in messages, for example that of a file. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** Columns of words that a table reads as dates if all their words are dates of one form. */
  readonly dateTexts?: DateTexts | undefined;
  /** The number of rows, if it is known before they are read. */
  readonly rows?: number | undefined;
  /**
   * All rows in order. May be called several times. The codes of words are the same in all chunks of a call, unless `codes` is
   * `'passing'`: a reader may then start new dictionaries, so that memory does not grow with the number of different words.
   */
  chunks(codes?: Codes): AsyncIterable<Chunk>;
  /** The same rows with only some columns, in the given order, if that saves the reader work. */
  only?(names: readonly string[]): Source;
  /** For files of text: the same rows, with some columns as words although their values look like another type. */
  asWords?(names: readonly string[]): Promise<Source>;
  /** The index of a part's row among all rows. Default: parts are in the order of ranks. */
  rowOf?(row: number): number;
  /** This rank's part of the rows, if the reader can skip the others. All ranks call this together. */
  part?(ranks: Ranks): Promise<Source>;
}

export const isSource = (value: unknown): value is Source =>
  isObject(value) && typeof (value as Source).chunks === 'function' && 'fields' in value;
