import { type Column, type ColumnType, missingCode } from '../column.js';
import type { Field } from '../source.js';
import { mostPassingWords, WordList } from '../words.js';
import { missingWords } from './missing.js';

const isMissing = new Set<string>(missingWords);

/** Dates as ISO 8601 has them, with or without a time. */
const isoDate = /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

const truths = new Map([
  ['true', 1],
  ['false', 0],
]);

/** A type whose values are numbers inside. */
export type TextType = Exclude<ColumnType, 'word'>;

const readers: Record<TextType, (text: string) => number> = {
  number: (text) => (text.trim() === '' ? Number.NaN : Number(text)),
  boolean: (text) => truths.get(text.toLowerCase()) ?? Number.NaN,
  date: (text) =>
    isoDate.test(text) ? Date.parse(/Z|[+-]\d{2}:?\d{2}$|^.{10}$/.test(text) ? text : `${text}Z`) : Number.NaN,
};

/** A text as a value of a type: NaN where it is none. */
export const readText = (type: TextType, text: string): number => readers[type](text);

/** The type that all texts of a column are of; words if there is no other. */
export function typeOfTexts(texts: Iterable<string>): ColumnType {
  const possible = new Set(Object.keys(readers) as (keyof typeof readers)[]);
  let isEmpty = true;
  for (const text of texts) {
    if (isMissing.has(text)) continue;
    isEmpty = false;
    for (const type of possible) if (Number.isNaN(readers[type](text))) possible.delete(type);
    if (possible.size === 0) return 'word';
  }
  const [type] = possible;
  return isEmpty || type === undefined ? 'word' : type;
}

/** Collects columns of texts by their types. */
export class TypedTexts {
  readonly #fields: readonly Field[];
  readonly #refuse: (column: Field, text: string) => Error;
  #words: readonly (WordList | undefined)[];
  #numbers: number[][] = [];
  #rows = 0;

  /** `refuse` makes the error of a text that is not of its column's type. */
  constructor(fields: readonly Field[], refuse: (column: Field, text: string) => Error) {
    this.#fields = fields;
    this.#refuse = refuse;
    this.#words = fields.map(({ type }) => (type === 'word' ? new WordList() : undefined));
    this.#start();
  }

  #start(): void {
    this.#numbers = this.#fields.map(() => []);
    this.#rows = 0;
  }

  get rows(): number {
    return this.#rows;
  }

  add(texts: readonly string[]): void {
    for (const [i, field] of this.#fields.entries()) {
      const text = texts[i]!;
      const words = this.#words[i];
      if (words) this.#numbers[i]!.push(isMissing.has(text) ? missingCode : words.add(text));
      else {
        const value = isMissing.has(text) ? Number.NaN : readers[field.type as keyof typeof readers](text);
        if (Number.isNaN(value) && !isMissing.has(text)) throw this.#refuse(field, text);
        this.#numbers[i]!.push(value);
      }
    }
    this.#rows += 1;
  }

  /** The columns of the rows since the last call. Passing codes allow new dictionaries for the rows that follow. */
  take(codes: 'lasting' | 'passing'): Column[] {
    const columns = this.#fields.map(({ type }, i): Column => {
      const words = this.#words[i];
      const numbers = this.#numbers[i]!;
      return words
        ? { type: 'word', codes: Uint32Array.from(numbers), words }
        : { type: type as 'number', values: Float64Array.from(numbers) };
    });
    if (codes === 'passing')
      this.#words = this.#words.map((words) => (words && words.size > mostPassingWords ? new WordList() : words));
    this.#start();
    return columns;
  }
}
