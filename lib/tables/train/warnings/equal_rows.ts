import { addon } from '../../../addon/index.js';
import type { ColumnKind } from '../../kinds.js';
import type { Table } from '../../table.js';
import { type Compared, classesOfCodes, comparedColumns, type Twins, tolerance } from '../../twins.js';

/** The least share of rows that repeat others. */
const leastRepeated = 0.02;

/** How many times as many equal pairs as by chance are a fault. */
const farBeyond = 10;

/** The most rows of which pairs are counted. */
const mostCounted = 2000;

/** Whether rows repeat others far more often than chance explains. */
export function isRepeating(
  table: Table,
  kinds: ReadonlyMap<string, ColumnKind>,
  target: string,
  { first, repeated }: Twins,
): boolean {
  if (repeated < leastRepeated * table.rows) return false;
  return agreeingPairs([first]) >= farBeyond * pairsByChance(comparedColumns(table, kinds, [target]), first);
}

/** How many pairs of rows would be equal by chance: the largest of several estimates, each of which is too low for some tables. */
function pairsByChance(compared: Compared, first: Uint32Array): number {
  const { codes, texts, numbers, areLong } = compared;
  const some = addon.permutation(first.length, 3).subarray(0, mostCounted);
  const distinct = some.filter((row) => first[row] === row);
  const rounded = numbers.map((values) => values.map((value) => Math.round(value / tolerance)));
  const columns: ArrayLike<number>[] = [...codes, ...rounded];
  const of = (rows: Uint32Array, list: readonly ArrayLike<number>[]) =>
    list.map((column) => Array.from(rows, (row) => column[row]!));
  const ofSome = (list: readonly ArrayLike<number>[]) => of(some, list);
  const twins = agreeingPairs(ofSome([first]));
  const isFine = numbers.map((values, i) => areLong[i]! || isFineGrained(values));
  const hasNoDetail = !texts.includes(true) && !isFine.includes(true);
  const shares = [
    chainedShare(of(distinct, columns), 0),
    chainedShare(ofSome(columns), twins),
    // Equal rows make columns depend on each other, if they have many values.
    hasNoDetail ? chainedShare(ofSome(columns), 0) : 0,
    independentShare(compared, some, distinct),
    hasNoDetail ? 0 : extrapolatedShare(compared, isFine, some),
  ];
  return ((first.length * (first.length - 1)) / 2) * Math.max(...shares);
}

/** Whether most neighbouring values differ by less than the tolerance. */
function isFineGrained(values: Float64Array): boolean {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  let fine = 0;
  for (let i = 1; i < sorted.length; ++i) if (sorted[i]! - sorted[i - 1]! <= 3 * tolerance) fine += 1;
  return sorted.length > 20 && (fine > 0.2 * sorted.length || sorted.length > values.length / 2);
}

/** The share of pairs that are equal if columns are independent. Texts are never equal by chance: only distinct rows count. */
function independentShare({ codes, texts, numbers }: Compared, some: Uint32Array, distinct: Uint32Array): number {
  let share = 1;
  for (const [i, column] of codes.entries()) {
    const rows = texts[i] ? distinct : some;
    share *= agreeingPairs([Array.from(rows, (row) => column[row]!)]) / pairsOf(rows.length);
  }
  for (const values of numbers) {
    const sorted = Float64Array.from(some, (row) => values[row]!).sort();
    let [near, begin] = [0, 0];
    for (const [place, value] of sorted.entries()) {
      while (value - sorted[begin]! > tolerance) begin += 1;
      near += place - begin;
    }
    share *= near / pairsOf(sorted.length);
  }
  return share;
}

/**
 * The share of pairs within the tolerance, from those that are a little farther apart: it grows as a power of the distance, whose
 * exponent is the number of independent dimensions (Grassberger & Procaccia 1983). Equal rows don't count.
 */
function extrapolatedShare({ codes, numbers }: Compared, isFine: readonly boolean[], some: Uint32Array): number {
  const coarse = numbers.filter((_, i) => !isFine[i]).map((values) => values.map((x) => Math.round(x / tolerance)));
  const fine = numbers.filter((_, i) => isFine[i]).map((values) => Float64Array.from(some, (row) => values[row]!));
  const classes = classesOfCodes(
    [...codes, ...coarse].map((column) => Array.from(some, (row) => column[row]!)),
    some.length,
  );
  const counts = [0, 0];
  for (let a = 0; a < some.length; ++a)
    for (let b = 0; b < a; ++b) {
      if (classes[a] !== classes[b]) continue;
      let distance = 0;
      for (const values of fine) {
        distance = Math.max(distance, Math.abs(values[a]! - values[b]!) / tolerance);
        if (distance > 9) break;
      }
      if (distance > 1 && distance <= 3) counts[0]! += 1;
      else if (distance > 3 && distance <= 9) counts[1]! += 1;
    }
  const [near, far] = counts as [number, number];
  const growth = Math.max(3, far / Math.max(near, 1)); // 3 to the power of the dimensions
  return near / (growth - 1) / pairsOf(some.length);
}

/**
 * The share of pairs that are equal if columns depend on each other in pairs only (Chow & Liu 1968): the first column agrees by
 * chance, each other one given the column before it that says most about it. @param twins Pairs that don't count.
 */
function chainedShare(columns: readonly (readonly number[])[], twins: number): number {
  const count = columns[0]!.length;
  const counted = (some: readonly (readonly number[])[]) => Math.max(0, agreeingPairs(some) - twins);
  const pairs = Math.max(1, pairsOf(count) - twins);
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

const pairsOf = (rows: number): number => Math.max(1, (rows * (rows - 1)) / 2);

/** The number of pairs of rows that agree in all of the columns. */
function agreeingPairs(columns: readonly ArrayLike<number>[]): number {
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
