import { quoted } from '../checks/shown.js';
import { errorWith, newArray } from '../errors.js';
import { type Column, cellOf, missingCode, type WordColumn } from './column.js';
import type { DateForm } from './date_form.js';
import { readDate } from './readers/date_forms.js';
import { wordOfCell } from './readers/rows.js';
import { readText, type TextType } from './readers/typed_texts.js';
import type { RowNumber } from './row_number.js';
import { WordList, type Words } from './words.js';

/** How to treat a value that is not of a column's type: throw an error that names it, or count it as missing. */
export type OnInvalid = 'error' | 'missing';

/**
 * The numbers of a column of numbers or truth values (0 and 1), or the times of a column of dates. Words are parsed. The
 * result for a value does not depend on other rows, whose types may have turned the column into words.
 */
export function numbersOf(
  column: Column,
  name: string,
  numberOf: RowNumber,
  type: 'number' | 'date',
  onInvalid: OnInvalid,
): Float64Array {
  const unexpected = (row: number, cell: unknown) =>
    errorWith(
      'ERR_INVALID_ARGUMENT',
      `row ${numberOf(row)}, column ${quoted(name)}: Expected a ${type} but received ${quoted(wordOfCell(cell))}`,
    );
  if (column.type !== 'word') {
    if ((column.type === 'date') === (type === 'date')) return column.values;
    const row = onInvalid === 'error' ? column.values.findIndex((value) => !Number.isNaN(value)) : -1;
    if (row >= 0) throw unexpected(row, cellOf(column, row));
    return newArray(Float64Array, column.values.length).fill(Number.NaN);
  }
  const { codes, words } = column;
  const numbers = numbersOfWords(words, type);
  const values = newArray(Float64Array, codes.length);
  for (let row = 0; row < codes.length; ++row) {
    const code = codes[row]!;
    const value = code === missingCode ? Number.NaN : numbers(code);
    if (Number.isNaN(value) && code !== missingCode && onInvalid === 'error') throw unexpected(row, words.word(code));
    values[row] = value;
  }
  return values;
}

/** Parses words as numbers or dates, each word once. */
function numbersOfWords(words: Words, type: 'number' | 'date'): (code: number) => number {
  const read = new Map<number, number>();
  return (code) => {
    const known = read.get(code);
    if (known !== undefined) return known;
    const word = words.word(code);
    const number = readText(type, word);
    const value = type === 'number' && Number.isNaN(number) ? readText('boolean', word) : number;
    read.set(code, value);
    return value;
  };
}

const texts: Record<TextType, (value: number) => string> = {
  number: String,
  boolean: (value) => (value === 0 ? 'false' : 'true'),
  date: (value) => new Date(value).toISOString(),
};

/** A column as words: numbers as JavaScript writes them, dates in ISO 8601. */
export function wordsOf(column: Column): { codes: Uint32Array; words: Words } {
  if (column.type === 'word') return column;
  const words = new WordList();
  const text = texts[column.type];
  const codes = Uint32Array.from(column.values, (value) =>
    Number.isNaN(value) ? missingCode : words.add(text(value)),
  );
  return { codes, words };
}

/** Words rewritten as {@link wordsOf} writes their values, so that `2020-01-01`, or a date of a form, and the same date are one word. */
export function rewritten({ codes, words }: WordColumn, type: TextType, form?: DateForm): WordColumn {
  const list = new WordList();
  const codeOf = (word: string) => {
    const value = form ? readDate(form, word) : readText(type, word);
    return list.add(Number.isNaN(value) ? word : texts[type](value));
  };
  return {
    type: 'word',
    codes: codes.map((code) => (code === missingCode ? code : codeOf(words.word(code)))),
    words: list,
  };
}

/** Maps the codes of words to what `read` returns for the words. Each word is read once, when it first occurs. */
export class ReadWords {
  readonly #read: (word: string) => number;
  readonly #known = new WeakMap<Words, Uint32Array>();

  constructor(read: (word: string) => number) {
    this.#read = read;
  }

  of(words: Words): Uint32Array {
    const before = this.#known.get(words);
    const count = before?.length ?? 0;
    if (before && count === words.size) return before;
    const all = new Uint32Array(words.size);
    if (before) all.set(before);
    for (let code = count; code < words.size; ++code) all[code] = this.#read(words.word(code));
    this.#known.set(words, all);
    return all;
  }
}
