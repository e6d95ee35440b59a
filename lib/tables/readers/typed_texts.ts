import { type Column, type ColumnType, missingCode } from '../column.js';
import type { Codes, Field } from '../source.js';
import { renewed, WordList } from '../words.js';
import { isMissing } from './missing.js';

// No part of the expression matches what the previous part matches. Otherwise a text of n digits and a letter would take n²
// steps.
const decimal = /^[ \t]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?[ \t]*$/;
const infinite = /^[ \t]*([+-]?)inf(?:inity)?[ \t]*$/i;
const wholeNumber = /^[+-]?\d+$/;
const leadingZero = /^[+-]?0\d/;
/** Numbers that may be names. Whole numbers of up to 15 digits are below 2⁵³. */
const numberedName = /^[+-]?(?:0\d|\d{16,}$)/;

/** Dates in ISO 8601, with or without a time. */
const isoDate =
  /^(\d{4})-(0[1-9]|1[0-2])-(\d{2})(?:[ T]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

function numberOf(text: string): number {
  if (decimal.test(text)) return Number(text);
  const match = infinite.exec(text);
  return match ? Number(`${match[1]}Infinity`) : Number.NaN;
}

function dateOf(text: string): number {
  const match = isoDate.exec(text);
  if (!match) return Number.NaN;
  const [, year, month, day, time, zone] = match;
  if (Number(day) < 1 || Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate())
    return Number.NaN;
  return Date.parse(time === undefined || zone !== undefined ? text : `${text}Z`);
}

/** A type whose values are stored as numbers. */
export type TextType = Exclude<ColumnType, 'word'>;

const truthValues = new Map([
  ['true', 1],
  ['false', 0],
]);

const readers: Record<TextType, (text: string) => number> = {
  number: numberOf,
  boolean: (text) => truthValues.get(text.toLowerCase()) ?? Number.NaN,
  date: dateOf,
};

/** The value of a text as a type; NaN if it is not of the type. */
export const readText = (type: TextType, text: string): number => readers[type](text);

/** Whether a text is of a type. For numbers this is twice as fast as parsing. */
const isOf = (type: TextType, text: string): boolean =>
  type === 'number' ? decimal.test(text) || infinite.test(text) : !Number.isNaN(readers[type](text));

/**
 * Whether a text of digits is a name that a number would change: one with leading zeros, such as the postcode 01069, or one
 * beyond 2⁵³, where float64 has gaps.
 */
function isNumberedName(text: string): boolean {
  return numberedName.test(text) && (leadingZero.test(text) || !Number.isSafeInteger(Number(text)));
}

/** The type of a column of texts. */
export interface TextsFound {
  /** The type of all texts; words if no other type fits. */
  readonly type: ColumnType;
  /** Whether all are whole numbers. */
  readonly isWhole: boolean;
}

/** Infers the type of a column from its texts. */
export function findType(texts: Iterable<string>): TextsFound {
  const words: TextsFound = { type: 'word', isWhole: false };
  let possible = Object.keys(readers) as TextType[];
  let isEmpty = true;
  let isWhole = true;
  for (const text of texts) {
    const fitting = possible.filter((type) => isOf(type, text));
    if (fitting.length === 0 && isMissing(text)) continue;
    if (fitting.length === 0 || isNumberedName(text)) return words;
    possible = fitting;
    isEmpty = false;
    isWhole &&= wholeNumber.test(text);
  }
  return isEmpty ? words : { type: possible[0]!, isWhole };
}

const codeOf = (words: WordList, text: string): number => (isMissing(text) ? missingCode : words.add(text));

/** Collects columns of typed texts. */
export class TypedTexts {
  readonly #fields: readonly Field[];
  readonly #refuse: (column: Field, text: string) => Error;
  /** One for each column; those of numbers stay empty. */
  #words: readonly WordList[];
  #numbers: number[][] = [];
  #rows = 0;

  /** @param refuse Makes the error for a text that is not of its column's type. */
  constructor(fields: readonly Field[], refuse: (column: Field, text: string) => Error) {
    this.#fields = fields;
    this.#refuse = refuse;
    this.#words = fields.map(() => new WordList());
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
    for (let i = 0; i < texts.length; ++i) {
      const text = texts[i]!;
      const field = this.#fields[i]!;
      this.#numbers[i]!.push(field.type === 'word' ? codeOf(this.#words[i]!, text) : this.#valueOf(field, text));
    }
    this.#rows += 1;
  }

  #valueOf(field: Field, text: string): number {
    const value = readers[field.type as TextType](text);
    if (Number.isNaN(value) && !isMissing(text)) throw this.#refuse(field, text);
    return value;
  }

  /** The columns of the rows since the last call. With passing codes, later rows may get new dictionaries. */
  take(codes: Codes): Column[] {
    const columns = this.#fields.map(({ type }, i): Column => {
      const numbers = this.#numbers[i]!;
      return type === 'word'
        ? { type, codes: Uint32Array.from(numbers), words: this.#words[i]! }
        : { type, values: Float64Array.from(numbers) };
    });
    if (codes === 'passing') this.#words = renewed(this.#words);
    this.#start();
    return columns;
  }
}
