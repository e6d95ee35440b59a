import type { ColumnKind } from '../../kinds.js';
import { everySo, stratifiedOrder } from '../../splits.js';
import { columnOf, type Table } from '../../table.js';
import { meanOf } from '../estimates.js';
import type { Parts } from '../folds.js';
import type { Points } from '../points.js';
import { lossBy, nearestRows, type Truths } from './nearest.js';
import { isClear } from './repeated_values.js';

/** Columns that may be times: dates, years, and numbers that ascend along the table if they have the name of a time or regular steps. */
export const possibleTimes = (
  table: Table,
  kinds: ReadonlyMap<string, ColumnKind>,
  names: readonly string[],
): string[] =>
  names.filter((name) => {
    const column = columnOf(table, name);
    if (column.type !== 'date' && column.type !== 'number') return false;
    const { values } = column;
    if (values.some(Number.isNaN) || new Set(values).size < 10) return false;
    return (
      kinds.get(name) === 'date' ||
      areYears(name, values) ||
      (ascends(values) && (isNamedTime(name) || isRegular(values)))
    );
  });

const areYears = (name: string, values: Float64Array): boolean =>
  /(^|[\W_])year$|Year$/i.test(name) && values.every((value) => value >= 1800 && value <= 2200);

const times = 'time|timestamp|datetime|date|year|quarter|month|week|day|hour|minute|second|epoch|when|period';

/** Names of times, such as `day`, `start_time` and `weekNumber`. */
const named = [
  new RegExp(`(^|[\\W_])(${times})([\\W_]|$)`, 'i'),
  new RegExp(`(^|[a-z])(${times.replace(/(^|\|)./g, (one) => one.toUpperCase())})([A-Z\\d]|$)`),
  new RegExp(`^(${times})[A-Z\\d]`),
];
const isNamedTime = (name: string): boolean => named.some((pattern) => pattern.test(name));

/** Whether values come in equal steps and equally often, such as numbers of rows, or weeks of some machines. */
function isRegular(values: Float64Array): boolean {
  const steps = new Map<number, number>();
  const counts = new Map<number, number>();
  const add = (of: Map<number, number>, key: number) => of.set(key, (of.get(key) ?? 0) + 1);
  for (const [row, value] of values.entries()) {
    add(counts, value);
    const step = row === 0 ? 0 : Number((value - values[row - 1]!).toPrecision(9));
    if (step !== 0) add(steps, step);
  }
  const times = new Map<number, number>();
  for (const count of counts.values()) add(times, count);
  const most = (of: ReadonlyMap<number, number>) => [...of.values()].reduce((a, b) => Math.max(a, b), 0);
  return most(steps) > 0.5 * (counts.size - 1) && most(times) > 0.5 * counts.size;
}

function ascends(values: Float64Array): boolean {
  let [up, down] = [0, 0];
  for (let row = 1; row < values.length; ++row)
    if (values[row]! > values[row - 1]!) up += 1;
    else if (values[row]! < values[row - 1]!) down += 1;
  return up >= 20 && down <= 0.02 * up;
}

/** Late rows to predict, and as many rows to learn from twice: all earlier, or of all times. */
export interface LateParts {
  readonly late: Uint32Array;
  readonly earlier: Uint32Array;
  readonly mixed: Uint32Array;
}

/** Half of the last 30 % is predicted. The other half is among the rows of all times. */
export function lateParts(values: Float64Array): LateParts {
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  let start = Math.floor(0.7 * order.length);
  while (start > 0 && values[order[start - 1]!] === values[order[start]!]) start -= 1; // equal times stay together
  const last = stratifiedOrder(order.length - start, 1);
  const { taken, rest } = everySo(last, 0.5);
  const rowsOf = (places: Uint32Array) => places.map((place) => order[start + place]!);
  const earlier = order.slice(0, start);
  const pool = [...earlier, ...rowsOf(rest)];
  const mixed = stratifiedOrder(pool.length, 2)
    .subarray(0, start)
    .map((place) => pool[place]!);
  return { late: rowsOf(taken).sort(), earlier: earlier.sort(), mixed: mixed.sort() };
}

/** Whether nearest rows of all times predict late rows much better than earlier ones do. */
export function isSuspected(points: Points, truths: Truths, { late, earlier, mixed }: LateParts): boolean {
  if (earlier.length === 0) return false;
  const [inEarlier, inMixed] = [new Set(earlier), new Set(mixed)];
  const rises = Float64Array.from(late.subarray(0, 500), (row) => {
    const distances = points.squaredDistances(row, []);
    const loss = (rows: ReadonlySet<number>) =>
      lossBy(
        nearestRows(distances, (other) => rows.has(other)),
        truths,
        row,
      );
    return (loss(inEarlier) - loss(inMixed)) / truths.constant;
  });
  return isClear(meanOf(rises));
}

/** A division that predicts late rows; a tenth of the rows to learn from, the latest of the earlier ones, ends training. */
export function partsFor(rows: Uint32Array, late: Uint32Array): Parts {
  const { taken, rest } = everySo(stratifiedOrder(rows.length, 3), 0.1);
  return { heldOut: late, stopping: taken.map((i) => rows[i]!).sort(), training: rest.map((i) => rows[i]!).sort() };
}
