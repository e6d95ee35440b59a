import { isPlainObject } from '../checks/kinds.js';
import { checkOneOf } from '../checks/options.js';
import { invalid, quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { type Column, type ColumnType, missingCode } from './column.js';
import type { Field } from './source.js';
import { unknownColumn } from './source_errors.js';
import { unspacedCharacters } from './tokens.js';
import type { Words } from './words.js';

/**
 * The use of a column: numbers, categories, text of several words, dates or truth values. Identifiers differ in all rows and
 * say nothing about other rows: words, whole numbers with a name such as `orderId`, and the numbers of the rows. Constants have
 * one value.
 */
export type ColumnKind = 'number' | 'category' | 'text' | 'date' | 'boolean' | 'identifier' | 'constant';

const columnKinds = ['number', 'category', 'text', 'date', 'boolean', 'identifier', 'constant'] as const;

/** The number of rows, at equal distances, from which kinds are inferred. */
const lookedAt = 50_000;

/** The types of columns that may be given a kind. */
const typesOf: Partial<Record<ColumnKind, readonly ColumnType[]>> = {
  number: ['number', 'boolean'],
  date: ['date'],
  boolean: ['boolean', 'number'],
  text: ['word'],
};

/**
 * Checks kinds that a person gives to columns.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for an unknown column or kind, or a kind that does not fit the type of the column.
 */
export function checkKinds(kinds: unknown, fields: readonly Field[], table: string): ReadonlyMap<string, ColumnKind> {
  if (kinds === undefined) return new Map();
  if (!isPlainObject(kinds)) throw invalid('kinds', 'an object of kinds by the names of columns', kinds);
  const names = fields.map(({ name }) => name);
  return new Map(
    Object.entries(kinds).map(([name, given]) => {
      const kind = checkOneOf(`kind of ${quoted(name)}`, given, columnKinds);
      const field = fields.find((one) => one.name === name);
      if (!field) throw unknownColumn(table, names, name, 'kinds: ');
      const types = typesOf[kind];
      if (types && !types.includes(field.type))
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          `kinds: the column ${quoted(name)} has the type ${field.type}, which can't be of the kind ${kind}`,
        );
      return [name, kind];
    }),
  );
}

/** A summary of numbers, dates or truth values. */
interface NumbersSeen {
  readonly type: 'number' | 'date' | 'boolean';
  readonly values: ReadonlySet<number>;
  readonly present: number;
  readonly isWhole: boolean;
  /** Whether each value is greater than the previous one. */
  readonly isAscending: boolean;
  /** The first and the largest value. */
  readonly first: number;
  readonly largest: number;
  /** The number of rows, of which some are looked at. */
  readonly rows: number;
  /** Whether values are missing in a column of at most one value. */
  readonly hasHoles: boolean;
}

interface WordsSeen {
  readonly type: 'word';
  readonly words: ReadonlySet<string>;
  readonly present: number;
  readonly missing: number;
  /** The number of characters of all words, and of spaces in them. */
  readonly length: number;
  readonly spaces: number;
}

/** A summary of some rows of a column. */
export type Seen = NumbersSeen | WordsSeen;

export const kindOfColumn = (name: string, column: Column): ColumnKind => kindFrom(name, [lookAt(column, 1)]);

/** Summarises rows at equal distances. All `parts` of a table together use as many rows as a whole table. */
export const lookAt = (column: Column, parts: number): Seen =>
  column.type === 'word'
    ? lookAtWords(column.codes, column.words, parts)
    : lookAtNumbers(column.type, column.values, parts);

/** The kind of a column, from summaries of its parts in order. */
export function kindFrom(name: string, parts: readonly Seen[]): ColumnKind {
  const [first] = parts;
  return first!.type === 'word' ? kindOfWords(parts as WordsSeen[]) : kindOfNumbers(name, parts as NumbersSeen[]);
}

const distance = (rows: number, parts: number): number => Math.max(1, Math.ceil((rows * parts) / lookedAt));

function lookAtNumbers(type: NumbersSeen['type'], all: Float64Array, parts: number): NumbersSeen {
  const values = new Set<number>();
  let [present, isWhole, isAscending] = [0, true, true];
  let [first, largest] = [Number.NaN, Number.NEGATIVE_INFINITY];
  let before = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < all.length; row += distance(all.length, parts)) {
    const value = all[row]!;
    if (Number.isNaN(value)) continue;
    if (present === 0) first = value;
    present += 1;
    values.add(value);
    largest = Math.max(largest, value);
    isWhole &&= Number.isInteger(value);
    isAscending &&= value > before;
    before = value;
  }
  const hasHoles = values.size <= 1 && all.some(Number.isNaN);
  return { type, values, present, isWhole, isAscending, first, largest, rows: all.length, hasHoles };
}

/** Names of numbers that tell rows apart, such as `id`, `order_id`, `orderId` and `invoice no`. */
const identifying = /(^|[\W_])(id|key|uuid|number|no|index)$/i;
const identifyingEnd = /[a-z](Id|ID|Key|Number|No|Index)$/;

function kindOfNumbers(name: string, parts: readonly NumbersSeen[]): ColumnKind {
  const seen = new Set(parts.flatMap(({ values }) => [...values]));
  if (seen.size <= 1) return seen.size === 1 && parts.some(({ hasHoles }) => hasHoles) ? 'boolean' : 'constant';
  const { type } = parts[0]!;
  if (type !== 'number') return type;
  const present = parts.reduce((sum, part) => sum + part.present, 0);
  const isUnique = seen.size === present && present >= 20 && parts.every(({ isWhole }) => isWhole);
  const isNamed = identifying.test(name) || identifyingEnd.test(name) || name === '';
  return isUnique && (isNamed || areRowNumbers(parts)) ? 'identifier' : 'number';
}

/** Whether numbers ascend from 0 or 1 by 1. Up to a third of the rows may have been left out. Other sorted numbers are no row numbers. */
function areRowNumbers(parts: readonly NumbersSeen[]): boolean {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const { first } = parts[0]!;
  return (
    parts.every(({ isAscending }) => isAscending) &&
    first >= 0 &&
    first <= mostLeftOutFirst &&
    Math.max(...parts.map(({ largest }) => largest)) <= 1.5 * rows
  );
}

/** How many rows may have been left out before the first one. */
const mostLeftOutFirst = 5;

function lookAtWords(codes: Uint32Array, dictionary: Words, parts: number): WordsSeen {
  const words = new Set<string>();
  let [present, missing, length, spaces] = [0, 0, 0, 0];
  for (let row = 0; row < codes.length; row += distance(codes.length, parts)) {
    const code = codes[row]!;
    if (code === missingCode) {
      missing += 1;
      continue;
    }
    present += 1;
    const word = dictionary.word(code);
    words.add(word);
    length += word.length + unspacedIn(word); // such characters say about twice as much
    spaces += gapsIn(word);
  }
  return { type: 'word', words, present, missing, length, spaces };
}

/** How many gaps between words a text has. Without spaces, two characters count as a word. */
function gapsIn(text: string): number {
  return text.trim().split(/\s+/).length - 1 + Math.max(0, unspacedIn(text) / 2 - 1);
}

const unspacedIn = (text: string): number => text.match(unspacedCharacters)?.length ?? 0;

function kindOfWords(parts: readonly WordsSeen[]): ColumnKind {
  const seen = new Set(parts.flatMap(({ words }) => [...words]));
  const sum = (count: 'present' | 'missing' | 'length' | 'spaces') => parts.reduce((all, part) => all + part[count], 0);
  const present = sum('present');
  if (seen.size <= 1) return sum('missing') > 0 && seen.size === 1 ? 'category' : 'constant';
  const isMostlyNew = seen.size > present / 2;
  const spaces = sum('spaces') / present;
  if (isMostlyNew && spaces >= 2 && sum('length') / present >= 15) return 'text';
  if (isMostlyNew && present >= 20 && seen.size > 0.9 * present) return spaces >= 0.8 ? 'text' : 'identifier';
  return 'category';
}
