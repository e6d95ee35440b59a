import { quoted } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { type Column, missingCode } from '../column.js';
import { readText, type TextType } from '../readers/typed_texts.js';
import { WordList } from '../words.js';

/** What happens to a value that is not of a column's type: an error names it, or it counts as missing. */
export type OnInvalid = 'error' | 'missing';

/** A column as numbers. Words are read as numbers, dates or truth values, as `type` says. */
export function numbersOf(
  column: Column,
  name: string,
  first: number,
  type: TextType,
  onInvalid: OnInvalid,
): Float64Array {
  if (column.type !== 'word') return column.values;
  const { codes, words } = column;
  const numbers = numbersOfWords(words, type);
  const values = new Float64Array(codes.length);
  for (let row = 0; row < codes.length; ++row) {
    const code = codes[row]!;
    const value = code === missingCode ? Number.NaN : numbers(code);
    if (Number.isNaN(value) && code !== missingCode && onInvalid === 'error')
      throw errorWith(
        'ERR_INVALID_ARGUMENT',
        `row ${first + row}, column ${quoted(name)}: Expected a ${type} but received ${quoted(words.word(code))}`,
      );
    values[row] = value;
  }
  return values;
}

/** What words say, each read once. */
function numbersOfWords(words: { word(code: number): string }, type: TextType): (code: number) => number {
  const read = new Map<number, number>();
  return (code) => {
    const known = read.get(code);
    if (known !== undefined) return known;
    const value = readText(type, words.word(code));
    read.set(code, value);
    return value;
  };
}

/** A column as words: numbers as JavaScript writes them, dates in ISO 8601. */
export function wordsOf(column: Column): { codes: Uint32Array; words: WordsLike } {
  if (column.type === 'word') return column;
  const words = new WordList();
  const text = {
    number: (value: number) => String(value),
    boolean: (value: number) => (value === 0 ? 'false' : 'true'),
    date: (value: number) => new Date(value).toISOString(),
  }[column.type];
  const codes = Uint32Array.from(column.values, (value) =>
    Number.isNaN(value) ? missingCode : words.add(text(value)),
  );
  return { codes, words };
}

interface WordsLike {
  readonly size: number;
  word(code: number): string;
}

/** For each code of a column's words, what `read` makes of the word. Words are read once, when they first occur. */
export class ReadWords {
  readonly #read: (word: string) => number;
  readonly #known = new WeakMap<WordsLike, Uint32Array>();

  constructor(read: (word: string) => number) {
    this.#read = read;
  }

  of(words: WordsLike): Uint32Array {
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
