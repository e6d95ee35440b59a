import { addon } from '../../../addon/index.js';
import { Random } from '../../../numbers/random.js';
import { keysOf } from '../../column.js';
import type { ColumnKind } from '../../kinds.js';
import { columnOf, type Table } from '../../table.js';
import { type Estimate, meanOf } from '../estimates.js';
import type { Points } from '../points.js';
import { lossBy, nearestRows, type Truths } from './nearest.js';

/** A column whose equal values may belong together. */
export interface Suspect {
  readonly column: string;
  /** Whether the values look like identifiers, such as numbers of patients. New rows then probably have others. */
  readonly isIdentifier: boolean;
  /** How much the loss of nearest rows rises if those with the same value don't count. */
  readonly rise: number;
}

/** The fewest different values of a column of groups. */
const fewestGroups = 8;

/** The most rows of a group in a sample. */
const mostOfGroup = 20;

/** The most rows that are predicted by their neighbours. */
const mostQueries = 500;

/** How large a rise of the loss counts, as a share of a constant's loss. */
export const leastRise = 0.05;

/** Whether a rise counts: much larger than what chance explains, since many columns are looked at. */
export const isClear = ({ value, low }: Estimate, constant = 1): boolean =>
  value > leastRise * constant && value > 1.7 * (value - low); // about one chance in a thousand

/** Whether a column has words or whole numbers of which most rows share theirs with another row. */
export function canBeGroups(table: Table, name: string, kind: ColumnKind): boolean {
  if (kind === 'date' || kind === 'constant' || kind === 'boolean') return false;
  const keys = keysOf(columnOf(table, name));
  if (table.typeOf(name) !== 'word' && keys.some((key) => !Number.isNaN(key) && !Number.isInteger(key))) return false;
  const counts = countsOf(keys);
  const sharing = [...counts.values()].reduce((sum, count) => sum + (count > 1 ? count : 0), 0);
  return counts.size >= fewestGroups && sharing >= keys.length / 2;
}

/** Rows of random groups, at most {@link mostOfGroup} of each. */
export function groupSample(keys: ArrayLike<number>, most: number): Uint32Array {
  const groups = new Map<number, number[]>();
  for (const row of addon.permutation(keys.length, 1)) {
    const key = keys[row]!;
    const group = groups.get(key);
    if (!group) groups.set(key, [row]);
    else if (group.length < mostOfGroup) group.push(row);
  }
  const rows: number[] = [];
  for (const group of groups.values()) if (rows.length + group.length <= most) rows.push(...group);
  return Uint32Array.from(rows).sort();
}

/**
 * Suspects a column of repeated values if they look like identifiers, or if neighbours with the same value predict rows better
 * than others do and are far more frequent among the nearest than by chance. The column itself is no part of the distance.
 */
export function suspectIn(table: Table, column: string, points: Points, truths: Truths): Suspect | undefined {
  const keys = keysOf(columnOf(table, column));
  const counts = countsOf(keys);
  const isIdentifier = looksLikeIdentifiers(table, column, counts);
  const { rise, sameShare } = riseWithout(points, truths, column, keys);
  const byChance = [...counts.values()].reduce((sum, count) => sum + (count / keys.length) ** 2, 0);
  const isFound = isClear(rise) && sameShare > Math.max(3 * byChance, byChance + 0.1);
  return isFound || isIdentifier ? { column, isIdentifier, rise: rise.value } : undefined;
}

function countsOf(keys: ArrayLike<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (let row = 0; row < keys.length; ++row) counts.set(keys[row]!, (counts.get(keys[row]!) ?? 0) + 1);
  return counts;
}

/** Ends of names that identifiers have. */
const named =
  /(^|[\W_])(id|key|uuid|user|customer|client|account|patient|subject|person|participant|household|family|device|machine|session|document|doc|file|student|player|case)s?$|(Id|ID|Key)$/;

/** Names such as `patientId`, or many values of few rows each that are one series of codes: P1, P2, …. */
function looksLikeIdentifiers(table: Table, name: string, counts: ReadonlyMap<number, number>): boolean {
  if (counts.size < 20) return false;
  if (named.test(name)) return true;
  if (table.typeOf(name) !== 'word' || table.rows / counts.size > 30) return false;
  const column = columnOf(table, name) as { words: { word(code: number): string } };
  const numbers = [...counts.keys()].map((code) => /^\D*(\d+)\D*$/.exec(column.words.word(code) ?? '')?.[1]);
  return numbers.filter((number) => number !== undefined).length > 0.9 * counts.size;
}

/** How much the loss rises when neighbours with the same value don't count, and how many of the nearest rows have it. */
function riseWithout(points: Points, truths: Truths, column: string, keys: ArrayLike<number>) {
  const queries = new Random(1).permutation(points.rows).subarray(0, mostQueries);
  let [same, all] = [0, 0];
  const rises = Float64Array.from(queries, (row) => {
    const distances = points.squaredDistances(row, [column]);
    const nearest = nearestRows(distances, (other) => other !== row);
    same += nearest.filter((other) => Object.is(keys[other], keys[row])).length;
    all += nearest.length;
    const others = nearestRows(distances, (other) => !Object.is(keys[other], keys[row]));
    return (lossBy(others, truths, row) - lossBy(nearest, truths, row)) / truths.constant;
  });
  return {
    rise: meanOf(rises, { groups: Float64Array.from(queries, (row) => keys[row]!) }),
    sameShare: same / all,
  };
}
