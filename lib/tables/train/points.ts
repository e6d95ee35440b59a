import { newArray } from '../../errors.js';
import { type Column, keysOf, missingCode, type NumberColumn, type WordColumn } from '../column.js';
import type { ColumnKind } from '../kinds.js';
import { columnOf, type Table } from '../table.js';
import { tokensOf } from '../tokens.js';

/** Adds the squared distances in one column from a row to all rows. Two random rows are about 1 apart. */
type AddDistances = (row: number, sums: Float32Array) => void;

/** Rows as points. Their distance is a sum over columns, so that a column can be left out. */
export class Points {
  readonly rows: number;
  readonly #columns: ReadonlyMap<string, AddDistances>;

  /** @param read The columns that a model reads. */
  constructor(table: Table, kinds: ReadonlyMap<string, ColumnKind>, read: readonly string[]) {
    this.rows = table.rows;
    const columns = new Map<string, AddDistances>();
    for (const name of read) {
      const adding = distancesIn(columnOf(table, name), kinds.get(name)!);
      if (adding) columns.set(name, adding);
    }
    this.#columns = columns;
  }

  get columns(): readonly string[] {
    return [...this.#columns.keys()];
  }

  /** The squared distances of a row from all rows, without some columns. */
  squaredDistances(row: number, without: readonly string[]): Float32Array {
    const sums = newArray(Float32Array, this.rows);
    for (const [name, add] of this.#columns) if (!without.includes(name)) add(row, sums);
    return sums;
  }
}

function distancesIn(column: Column, kind: ColumnKind): AddDistances | undefined {
  if (kind === 'identifier' || kind === 'constant') return undefined;
  if (column.type !== 'word' && kind !== 'category') return amongRanks(ranksOfValues(column));
  return kind === 'text' ? amongTexts(column as WordColumn) : amongCodes(keysOf(column));
}

/** The rank of each value as a share of the rows, the mean rank of equal ones; NaN for missing values. */
export function ranksOfValues({ values }: NumberColumn): Float64Array {
  const ranks = newArray(Float64Array, values.length).fill(Number.NaN);
  const order = Uint32Array.from(values.keys()).filter((row) => !Number.isNaN(values[row]!));
  order.sort((a, b) => values[a]! - values[b]!);
  for (let begin = 0; begin < order.length; ) {
    let end = begin + 1;
    while (end < order.length && values[order[end]!] === values[order[begin]!]) end += 1;
    for (let i = begin; i < end; ++i) ranks[order[i]!] = (begin + end) / (2 * order.length);
    begin = end;
  }
  return ranks;
}

/** Squared differences of uniform ranks have a mean of 1/6. A missing value is as far from all others as random rows are. */
const amongRanks =
  (ranks: Float64Array): AddDistances =>
  (row, sums) => {
    const own = ranks[row]!;
    if (Number.isNaN(own)) {
      for (let i = 0; i < sums.length; ++i) if (!Number.isNaN(ranks[i]!)) sums[i]! += 1;
      return;
    }
    for (let i = 0; i < sums.length; ++i) {
      const difference = ranks[i]! - own;
      const square = 6 * difference * difference;
      sums[i]! += Number.isNaN(square) ? 1 : square;
    }
  };

/** 0 for equal values, which are visited by themselves: comparisons with all others would be unpredictable branches. */
function amongCodes(keys: ArrayLike<number>): AddDistances {
  const rowsOf = new Map<number, number[]>();
  for (let row = 0; row < keys.length; ++row) {
    const equal = rowsOf.get(keys[row]!);
    if (equal) equal.push(row);
    else rowsOf.set(keys[row]!, [row]);
  }
  const equal = new Map(Array.from(rowsOf, ([key, rows]) => [key, Uint32Array.from(rows)]));
  return (row, sums) => {
    for (let i = 0; i < sums.length; ++i) sums[i]! += 1;
    const rows = equal.get(keys[row]!)!;
    for (let i = 0; i < rows.length; ++i) sums[rows[i]!]! -= 1;
  };
}

/** 1 minus the cosine between the words of two texts, where rare words weigh more. */
function amongTexts({ codes, words }: WordColumn): AddDistances {
  const places = new Map<string, { rows: number[]; weights: number[] }>();
  const known = Array.from(codes, (code) => (code === missingCode ? [] : [...new Set(tokensOf(words.word(code)))]));
  for (const [row, list] of known.entries())
    for (const word of list) {
      const place = places.get(word);
      if (place) place.rows.push(row);
      else places.set(word, { rows: [row], weights: [] });
    }
  const rarity = (word: string) => Math.log(codes.length / places.get(word)!.rows.length);
  const lengths = known.map((list) => Math.sqrt(list.reduce((sum, word) => sum + rarity(word) ** 2, 0)) || 1);
  for (const [word, { rows, weights }] of places) for (const row of rows) weights.push(rarity(word) / lengths[row]!);
  return (row, sums) => {
    for (let i = 0; i < sums.length; ++i) sums[i]! += 1;
    for (const word of known[row]!) {
      const { rows, weights } = places.get(word)!;
      const own = rarity(word) / lengths[row]!;
      for (const [i, other] of rows.entries()) sums[other]! -= own * weights[i]!;
    }
  };
}
