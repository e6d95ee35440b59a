import { newArray } from '../errors.js';
import { type Column, type ColumnType, keysOf } from './column.js';
import { WordList, type Words } from './words.js';

/**
 * Values of the first piece. Each further piece doubles the column, up to the largest piece, so a table of many columns and
 * few rows takes little memory. Values are not moved until all pieces are joined at the end.
 */
const firstValues = 1 << 6;
const mostValues = 1 << 18;

/** Collects the chunks of a column. */
export class ColumnBuilder {
  readonly #type: ColumnType;
  readonly #pieces: (Float64Array | Uint32Array)[] = [];
  /** Values in the last piece. */
  #filled = 0;
  #length = 0;
  #words: Words | undefined;

  /** @param rows The number of values if it is known, for which memory is then reserved. */
  constructor(type: ColumnType, rows: number | undefined) {
    this.#type = type;
    this.#pieces.push(this.#memory(rows ?? firstValues));
  }

  #memory(values: number): Float64Array | Uint32Array {
    return this.#type === 'word' ? newArray(Uint32Array, values) : newArray(Float64Array, values);
  }

  add(column: Column): void {
    if (column.type === 'word') this.#words = column.words;
    let rest = keysOf(column);
    let stored = this.#length;
    this.#length += rest.length;
    for (;;) {
      const piece = this.#pieces.at(-1)!;
      const part = rest.subarray(0, piece.length - this.#filled);
      piece.set(part, this.#filled);
      this.#filled += part.length;
      rest = rest.subarray(part.length);
      stored += part.length;
      if (rest.length === 0) return;
      this.#pieces.push(this.#memory(Math.min(Math.max(stored, rest.length), mostValues)));
      this.#filled = 0;
    }
  }

  /** The column. The builder must not be used afterwards. */
  build(): Column {
    const values = this.#joined();
    if (this.#type === 'word')
      return { type: 'word', codes: values as Uint32Array, words: this.#words ?? new WordList() };
    return { type: this.#type, values: values as Float64Array };
  }

  #joined(): Float64Array | Uint32Array {
    const [first] = this.#pieces as [Float64Array | Uint32Array];
    if (this.#pieces.length === 1) return first.subarray(0, this.#length);
    const all = this.#memory(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      const part = piece.subarray(0, this.#length - at);
      all.set(part, at);
      at += part.length;
    }
    this.#pieces.length = 0;
    return all;
  }
}
