import { type Column, missingCode } from './column.js';
import { columnOf, type Table } from './table.js';

/**
 * What a column is for: numbers, categories, text of several words, dates, truth values; identifiers, which differ in all
 * rows and say nothing of others; constants.
 */
export type ColumnKind = 'number' | 'category' | 'text' | 'date' | 'boolean' | 'identifier' | 'constant';

export const columnKinds = ['number', 'category', 'text', 'date', 'boolean', 'identifier', 'constant'] as const;

/** Rows that are looked at: those at equal distances. */
const lookedAt = 50_000;

/** The kinds of all columns, by their names. */
export function kindsOf(table: Table): Map<string, ColumnKind> {
  return new Map(table.columns.map((name) => [name, kindOfColumn(name, columnOf(table, name))]));
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
