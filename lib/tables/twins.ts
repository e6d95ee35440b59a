import { newArray } from '../errors.js';
import { Random } from '../numbers/random.js';
import { keysOf } from './column.js';
import type { ColumnKind } from './kinds.js';
import { quantileOf } from './quantiles.js';
import { columnOf, type Table } from './table.js';

/** Numbers are nearly equal if their difference is at most this share of the spread of their column. */
export const tolerance = 1e-3;

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

/** @param targets Columns to predict, which are compared whatever their kind. */
export function twinsOf(table: Table, kinds: ReadonlyMap<string, ColumnKind>, targets: readonly string[]): Twins {
  const first = firstTwins(comparedColumns(table, kinds, targets), table.rows);
  const distinct = first.filter((one, row) => one === row);
  return { first, distinct, repeated: table.rows - distinct.length };
}

/**
 * For each row the first row that is equal to it or nearly so: itself if there is none before it. Identifiers and constants do
 * not count; numbers and dates may differ from those of the first row by a thousandth of their spread.
 */
function firstTwins({ codes, numbers }: Compared, rows: number): Uint32Array {
  const first = Uint32Array.from({ length: rows }, (_, row) => row);
  const classes = classesOfCodes(codes, rows);
  const random = new Random(1);
  const directions = numbers.map(() => random.normal());
  const projections = newArray(Float64Array, rows);
  for (const [i, values] of numbers.entries())
    for (let row = 0; row < rows; ++row) projections[row]! += directions[i]! * values[row]!;
  const reach = tolerance * directions.reduce((sum, x) => sum + Math.abs(x), 0);
  const order = first.slice().sort((a, b) => classes[a]! - classes[b]! || projections[a]! - projections[b]! || a - b);
  const places = newArray(Uint32Array, rows);
  for (const [place, row] of order.entries()) places[row] = place;
  const areTwins = (a: number, b: number) => numbers.every((values) => Math.abs(values[a]! - values[b]!) <= tolerance);
  for (let row = 0; row < rows; ++row) {
    let found = row;
    for (const step of [-1, 1])
      for (let i = 1; i < mostCompared; ++i) {
        const other = order[places[row]! + step * i];
        if (other === undefined || classes[other] !== classes[row]) break;
        if (Math.abs(projections[other]! - projections[row]!) > reach) break;
        if (other < found && first[other] === other && areTwins(row, other)) found = other;
      }
    first[row] = found;
  }
  return first;
}

/** What rows are compared by. */
export interface Compared {
  /** Words and truth values, and whether they are texts. */
  readonly codes: readonly ArrayLike<number>[];
  readonly texts: readonly boolean[];
  /** Numbers and dates, scaled by their spread. A missing one is far from all others and equal to another. */
  readonly numbers: readonly Float64Array[];
  /** Whether most numbers of a column have so many digits that none repeats by chance. */
  readonly areLong: readonly boolean[];
}

export function comparedColumns(
  table: Table,
  kinds: ReadonlyMap<string, ColumnKind>,
  targets: readonly string[],
): Compared {
  const names = table.columns.filter(
    (name) => targets.includes(name) || !['identifier', 'constant'].includes(kinds.get(name)!),
  );
  const [codes, texts]: [ArrayLike<number>[], boolean[]] = [[], []];
  const [numbers, areLong]: [Float64Array[], boolean[]] = [[], []];
  for (const name of names) {
    const column = columnOf(table, name);
    if (column.type === 'number' || column.type === 'date') {
      numbers.push(scaled(column.values));
      areLong.push(column.type === 'number' && haveManyDigits(column.values));
    } else {
      codes.push(keysOf(column));
      texts.push(kinds.get(name) === 'text');
    }
  }
  return { codes, texts, numbers, areLong };
}

/** Whether most different values have more than six digits. */
function haveManyDigits(values: Float64Array): boolean {
  const distinct = [...new Set(values)];
  return distinct.filter((value) => Number(value.toPrecision(6)) !== value).length > distinct.length / 2;
}

function scaled(values: Float64Array): Float64Array {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  if (known.length === 0) return values.map(() => 0);
  const middle = quantileOf(known, 0.5);
  const spread = quantileOf(known, 0.95) - quantileOf(known, 0.05) || known.at(-1)! - known[0]! || 1;
  return values.map((value) => (Number.isNaN(value) ? -1e6 : (value - middle) / spread));
}

/** A number for each row, the same for rows with equal codes in all columns. */
export function classesOfCodes(codes: readonly ArrayLike<number>[], rows: number): Uint32Array {
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
