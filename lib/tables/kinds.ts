import { isPlainObject } from '../checks/kinds.js';
import { checkOneOf } from '../checks/options.js';
import { invalid, quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { type Column, type ColumnType, missingCode } from './column.js';
import type { Field } from './source.js';
import { unknownColumn } from './source_errors.js';

/**
 * What a column is for: numbers, categories, text of several words, dates, truth values; identifiers, which differ in all
 * rows and say nothing of others; constants.
 */
export type ColumnKind = 'number' | 'category' | 'text' | 'date' | 'boolean' | 'identifier' | 'constant';

export const columnKinds = ['number', 'category', 'text', 'date', 'boolean', 'identifier', 'constant'] as const;

/** Rows that are looked at: those at equal distances. */
const lookedAt = 50_000;

/** Types of the columns that may be said to be of a kind. */
const typesOf: Partial<Record<ColumnKind, readonly ColumnType[]>> = {
  number: ['number', 'boolean'],
  date: ['date'],
  boolean: ['boolean', 'number'],
  text: ['word'],
};

/**
 * Kinds that are said of columns.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for a column that is not there, an unknown kind, or one that the column's values
 *   can't be of.
 */
export function checkKinds(kinds: unknown, fields: readonly Field[], table: string): ReadonlyMap<string, ColumnKind> {
  if (kinds === undefined) return new Map();
  if (!isPlainObject(kinds)) throw invalid('kinds', 'an object of kinds by the names of columns', kinds);
  return new Map(
    Object.entries(kinds).map(([name, given]) => {
      const kind = checkOneOf(`kind of ${quoted(name)}`, given, columnKinds);
      const field = fields.find((one) => one.name === name);
      if (!field)
        throw unknownColumn(
          table,
          fields.map((one) => one.name),
          name,
          'kinds: ',
        );
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

export function kindOfColumn(name: string, column: Column): ColumnKind {
  return column.type === 'word'
    ? kindOfWords(column.codes, column.words)
    : kindOfNumbers(name, column.type, column.values);
}

const distance = (rows: number): number => Math.max(1, Math.ceil(rows / lookedAt));

function kindOfNumbers(name: string, type: 'number' | 'date' | 'boolean', values: Float64Array): ColumnKind {
  const seen = new Set<number>();
  let [present, whole, steps] = [0, true, 0];
  let before = Number.NaN;
  for (let row = 0; row < values.length; row += distance(values.length)) {
    const value = values[row]!;
    if (Number.isNaN(value)) continue;
    present += 1;
    seen.add(value);
    whole &&= Number.isInteger(value);
    if (value > before) steps += 1;
    before = value;
  }
  const isAll = (count: number) => count === present;
  if (seen.size <= 1) return hasHoles(values) && seen.size === 1 ? 'boolean' : 'constant';
  if (type !== 'number') return type;
  const counts = isAll(seen.size) && whole && steps === present - 1 && present >= 20;
  const isNamed = /(^|[\W_])(id|key|uuid|number|no|index)$|Id$/i.test(name) || name === '';
  return counts || (isAll(seen.size) && whole && isNamed && present >= 20) ? 'identifier' : 'number';
}

const hasHoles = (values: Float64Array): boolean => values.some(Number.isNaN);

function kindOfWords(codes: Uint32Array, words: { size: number; word(code: number): string }): ColumnKind {
  const seen = new Set<number>();
  let [present, missing, length, spaces] = [0, 0, 0, 0];
  for (let row = 0; row < codes.length; row += distance(codes.length)) {
    const code = codes[row]!;
    if (code === missingCode) {
      missing += 1;
      continue;
    }
    present += 1;
    seen.add(code);
    const word = words.word(code);
    length += word.length;
    spaces += word.trim().split(/\s+/).length - 1;
  }
  if (seen.size <= 1) return missing > 0 && seen.size === 1 ? 'category' : 'constant';
  const isMostlyNew = seen.size > present / 2;
  if (isMostlyNew && spaces / present >= 2 && length / present >= 15) return 'text';
  if (isMostlyNew && present >= 20 && seen.size > 0.9 * present) return spaces / present >= 0.8 ? 'text' : 'identifier';
  return 'category';
}
