import type { Ranks } from '../distributed/ranks.js';
import type { Column, ColumnType } from './column.js';

/** A column of a source: its name, and what its values are stored as. */
export interface Field {
  readonly name: string;
  readonly type: ColumnType;
}

/** Adjacent rows of all columns of a source, in the order of its fields. */
export interface Chunk {
  readonly rows: number;
  readonly columns: readonly Column[];
  /** Frees the memory of the columns, which must not be used afterwards. A garbage collection would do so later. */
  release?(): void;
}

/** Whether the codes of words are the same in all chunks, or new dictionaries may begin. */
export type Codes = 'lasting' | 'passing';

/** Where rows come from, a chunk at a time: a file, a query, a table. */
export interface Source {
  /** What messages call it: the name of a file, say. */
  readonly name: string;
  readonly fields: readonly Field[];
  /** The number of rows, if it is known before they are read. */
  readonly rows?: number | undefined;
  /**
   * All rows, from the first on. May be called again. The codes of a column's words are the same in all chunks of a call,
   * unless `codes` is `'passing'`: a reader may then begin new dictionaries, so that its memory does not grow with the
   * number of different words.
   */
  chunks(codes?: Codes): AsyncIterable<Chunk>;
  /** The same rows with some of the columns alone, in the given order, where the reader then has less to do. */
  only?(names: readonly string[]): Source;
  /** The same rows with some columns as the words of a file of text that a reader has made numbers, truth values or dates of. */
  asWords?(names: readonly string[]): Promise<Source>;
  /** For a row of a part, its index among all rows. Default: parts follow each other in the order of ranks. */
  rowOf?(row: number): number;
  /** The rows that this rank is to have, where the reader need not read the others. All ranks call this together. */
  part?(ranks: Ranks): Promise<Source>;
}
