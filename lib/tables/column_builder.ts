import { type Column, type ColumnType, missingCode } from './column.js';
import type { Words } from './words.js';

/** Collects the chunks of a column in memory that grows by half at a time. */
export class ColumnBuilder {
  readonly #type: ColumnType;
  #length = 0;
  #values = new Float64Array(0);
  #codes = new Uint32Array(0);
  #words: Words | undefined;

  constructor(type: ColumnType, capacity: number) {
    this.#type = type;
    this.#reserve(capacity);
  }

  #reserve(capacity: number): void {
    if (this.#type === 'word') {
      if (capacity <= this.#codes.length) return;
      const larger = new Uint32Array(capacity);
      larger.set(this.#codes.subarray(0, this.#length));
      this.#codes = larger;
    } else {
      if (capacity <= this.#values.length) return;
      const larger = new Float64Array(capacity);
      larger.set(this.#values.subarray(0, this.#length));
      this.#values = larger;
    }
  }

  add(column: Column): void {
    const begin = this.#length;
    const count = column.type === 'word' ? column.codes.length : column.values.length;
    const capacity = this.#type === 'word' ? this.#codes.length : this.#values.length;
    if (begin + count > capacity) this.#reserve(Math.max(begin + count, Math.ceil(capacity * 1.5), 4096));
    if (column.type === 'word') {
      this.#codes.set(column.codes, begin);
      this.#words = column.words;
    } else this.#values.set(column.values, begin);
    this.#length = begin + count;
  }

  /** The column. The builder must not be used afterwards. */
  build(): Column {
    if (this.#type !== 'word') return { type: this.#type, values: this.#values.subarray(0, this.#length) };
    const words = this.#words ?? { size: 0, word: (code: number) => String(code) };
    return { type: 'word', codes: this.#codes.subarray(0, this.#length), words };
  }
}

/** How many values of a column are missing. */
export function countMissing(column: Column): number {
  let count = 0;
  if (column.type === 'word') {
    for (const code of column.codes) if (code === missingCode) ++count;
  } else for (const value of column.values) if (Number.isNaN(value)) ++count;
  return count;
}
