import { addon } from '../addon/index.js';
import { newArray } from '../errors.js';
import { Random } from '../numbers/random.js';
import { keysOf } from './column.js';
import type { ColumnKind } from './kinds.js';
import { quantileOf } from './quantiles.js';
import { columnOf, type Table } from './table.js';

/** Numbers are nearly equal if their difference is at most this share of the spread of their column. */
const tolerance = 1e-3;

/** How many of the rows that follow in the order of their projections are compared with each row. */
const mostCompared = 50;

/** Rows that are equal or nearly so. */
export interface Twins {
  /** For each row the first one of its kind. */
  readonly first: Uint32Array;
  /** The rows that are the first of their kind. */
  readonly distinct: Uint32Array;
  /** The number of other rows. */
  readonly repeated: number;
}

export function twinsOf(table: Table, kinds: ReadonlyMap<string, ColumnKind>): Twins {
  const first = firstTwins(table, kinds);
  const distinct = first.filter((one, row) => one === row);
  return { first, distinct, repeated: table.rows - distinct.length };
}

/** Whether rows repeat others far more often than chance explains. */
export function isRepeating(table: Table, kinds: ReadonlyMap<string, ColumnKind>, { first, repeated }: Twins): boolean {
  if (repeated < leastRepeated * table.rows) return false;
  return agreeingPairs([Array.from(first)]) >= 10 * pairsByChance(table, kinds, first);
}

/** The least share of rows that repeat others. */
const leastRepeated = 0.02;

/**
 * For each row the first row that is equal to it or nearly so: itself if there is none before it. Identifiers and constants do
 * not count; numbers and dates may differ by a thousandth of their spread.
 */
function firstTwins(table: Table, kinds: ReadonlyMap<string, ColumnKind>): Uint32Array {
  const { codes, numbers } = comparedColumns(table, kinds);
  const first = Uint32Array.from({ length: table.rows }, (_, row) => row);
  const rootOf = (row: number): number => {
    let root = row;
    while (first[root] !== root) root = first[root]!;
    return root;
  };
  const classes = classesOfCodes(codes, table.rows);
  const random = new Random(1);
  const directions = numbers.map(() => random.normal());
  const projections = newArray(Float64Array, table.rows);
  for (const [i, values] of numbers.entries())
    for (let row = 0; row < table.rows; ++row) projections[row]! += directions[i]! * values[row]!;
  const reach = tolerance * directions.reduce((sum, x) => sum + Math.abs(x), 0);
  const order = first.slice().sort((a, b) => classes[a]! - classes[b]! || projections[a]! - projections[b]! || a - b);
  const areTwins = (a: number, b: number) => numbers.every((values) => Math.abs(values[a]! - values[b]!) <= tolerance);
  for (const [place, row] of order.entries())
    for (let next = place + 1; next < Math.min(order.length, place + mostCompared); ++next) {
      const other = order[next]!;
      if (classes[other] !== classes[row] || projections[other]! - projections[row]! > reach) break;
      if (!areTwins(row, other)) continue;
      const [a, b] = [rootOf(row), rootOf(other)];
      first[Math.max(a, b)] = Math.min(a, b);
    }
  return first.map((_, row) => rootOf(row));
}

/** Words as codes, and numbers scaled by their spread. A missing number is far from all others and equal to another. */
function comparedColumns(table: Table, kinds: ReadonlyMap<string, ColumnKind>) {
  const names = table.columns.filter((name) => !['identifier', 'constant'].includes(kinds.get(name)!));
  const codes: ArrayLike<number>[] = [];
  const numbers: Float64Array[] = [];
  for (const name of names) {
    const column = columnOf(table, name);
    if (column.type === 'number' || column.type === 'date') numbers.push(scaled(column.values));
    else codes.push(keysOf(column));
  }
  return { codes, numbers };
}

function scaled(values: Float64Array): Float64Array {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  if (known.length === 0) return values.map(() => 0);
  const middle = quantileOf(known, 0.5);
  const spread = quantileOf(known, 0.95) - quantileOf(known, 0.05) || known.at(-1)! - known[0]! || 1;
  return values.map((value) => (Number.isNaN(value) ? -1e6 : (value - middle) / spread));
}

/** A number for each row, the same for rows with equal codes in all columns. */
function classesOfCodes(codes: readonly ArrayLike<number>[], rows: number): Uint32Array {
  const classes = newArray(Uint32Array, rows);
  for (const list of codes) {
    const places = new Map<number, number>();
    for (let row = 0; row < rows; ++row) {
      const code = list[row]!;
      const key = classes[row]! * 2 ** 32 + (Number.isNaN(code) ? 2 : code); // a truth value is 0, 1 or missing
      const place = places.get(key) ?? places.size;
      places.set(key, place);
      classes[row] = place;
    }
  }
  return classes;
}

/**
 * How many pairs of rows would be equal by chance if columns depended on each other in pairs only (Chow & Liu 1968): the first
 * column agrees by chance, each other one given the column before it that says most about it. Twins tell nothing about chance
 * where numbers are fine, but are chance where they are coarse: the larger of two estimates counts, from rows that are the first
 * of their kind, and from pairs that are not twins.
 */
function pairsByChance(table: Table, kinds: ReadonlyMap<string, ColumnKind>, first: Uint32Array): number {
  const { codes, numbers } = comparedColumns(table, kinds);
  const columns = [...codes, ...numbers.map((values) => values.map((value) => Math.round(value / tolerance)))];
  const rows = addon.permutation(table.rows, 3).subarray(0, mostCounted);
  const of = (some: Uint32Array) => columns.map((column) => Array.from(some, (row) => column[row]!));
  const sampled = Array.from(rows, (row) => first[row]!);
  const twins = agreeingPairs([sampled]);
  const pairs = (table.rows * (table.rows - 1)) / 2;
  const distinct = rows.filter((row) => first[row] === row);
  return pairs * Math.max(shareByChance(of(distinct), 0), shareByChance(of(rows), twins));
}

/** The most rows of which pairs are counted. */
const mostCounted = 2000;

/** The share of pairs of rows that agree in all columns. @param twins Pairs that don't count. */
function shareByChance(columns: readonly (readonly number[])[], twins: number): number {
  const count = columns[0]!.length;
  const counted = (some: readonly (readonly number[])[]) => Math.max(0, agreeingPairs(some) - twins);
  const pairs = Math.max(1, (count * (count - 1)) / 2 - twins);
  let share = 1;
  for (const [i, column] of columns.entries()) {
    const given = columns.slice(0, i).map((other) => {
      const agreeing = counted([other]);
      return agreeing === 0 ? 0 : counted([column, other]) / agreeing;
    });
    share *= Math.max(counted([column]) / pairs, ...given);
  }
  return share;
}

/** The number of pairs of rows that agree in all of the columns. */
function agreeingPairs(columns: readonly (readonly number[])[]): number {
  const counts = new Map<number | string, number>();
  const [first, second] = columns;
  for (let row = 0; row < first!.length; ++row) {
    const key = second ? `${first![row]} ${second[row]}` : first![row]!;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  let pairs = 0;
  for (const count of counts.values()) pairs += (count * (count - 1)) / 2;
  return pairs;
}
