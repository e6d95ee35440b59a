import { types } from 'node:util';
import { addon } from '../addon/index.js';
import { type Checks, checkedOptions, integer, numberIn } from '../checks/checked_options.js';
import { ifGiven, refuse } from '../checks/options.js';
import { checkNumber, openInterval } from '../checks/ranges.js';
import { invalid, quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import { type Column, checkColumnName, keysOf } from './column.js';

/** How `split` divides the rows of a table. */
export interface TableSplitOptions {
  /** The fraction of the rows to hold out, between 0 and 1. Default 0.2. */
  readonly validation?: number | undefined;
  /** Seed of the random choice; not with `time`. Default 0. */
  readonly seed?: number | undefined;
  /**
   * A column of groups. All rows with the same value stay on one side, and so do all rows without a value. The fraction held out
   * is then only near `validation`.
   */
  readonly by?: string | undefined;
  /** A column of dates or numbers: the rows with the largest values are held out. Rows with equal values stay together. */
  readonly time?: string | undefined;
  /**
   * With `time`, in place of `validation`: the date after which rows are held out, or the fraction of the earliest rows that
   * are for training.
   */
  readonly after?: Date | number | undefined;
  /** A column of classes. Both sides get the classes in nearly the same proportions. */
  readonly stratified?: string | undefined;
}

const checks = {
  validation: numberIn(openInterval(0, 1)),
  seed: integer(0),
  by: checkColumnName,
  time: checkColumnName,
  after: checkAfter,
  stratified: checkColumnName,
} satisfies Checks<TableSplitOptions>;

/** A fraction of the rows, or milliseconds since 1970 as a date. */
function checkAfter(name: string, after: unknown): Date | number {
  if (typeof after === 'number') return checkNumber(name, after, openInterval(0, 1));
  if (types.isDate(after) && !Number.isNaN(after.getTime())) return after;
  throw invalid(name, 'a date, or a fraction between 0 and 1', after);
}

/** Rows of the two sides of a split, each in ascending order. */
export interface SplitRows {
  readonly training: Uint32Array;
  readonly heldOut: Uint32Array;
}

/** A table as far as a split knows it. */
interface Divided {
  readonly name: string;
  readonly rows: number;
  readonly rowNumbers: Uint32Array;
}

/**
 * Divides the rows of a table in two.
 *
 * @throws TypeError, RangeError for options that don't fit, or that exclude each other; RangeError `ERR_SHAPE` if a side
 *   would be empty.
 */
export function splitRows(
  table: Divided,
  columnNamed: (name: string) => Column,
  options: TableSplitOptions,
): SplitRows {
  const checked = checkedOptions('split', options, checks);
  const { by, time, after, stratified, validation: share = 0.2, seed = 0 } = checked;
  excludeEachOther('split', options, ['by', 'time', 'stratified']);
  excludeEachOther('split', options, ['time', 'seed']);
  excludeEachOther('split', options, ['after', 'validation']);
  refuse([
    [after !== undefined && time === undefined, 'split: after needs time, the name of a column of dates or numbers'],
  ]);
  const sides =
    time !== undefined
      ? splitByTime(table, time, columnNamed(time), after === undefined ? 1 - share : after)
      : by !== undefined
        ? splitByGroup(keysOf(columnNamed(by)), share, seed)
        : splitAtRandom(
            table.rows,
            share,
            seed,
            ifGiven(stratified, (name) => keysOf(columnNamed(name))),
          );
  for (const [side, rows] of Object.entries({ 'for training': sides.training, 'held out': sides.heldOut }))
    if (rows.length === 0)
      throw errorWith('ERR_SHAPE', `split: no row of ${table.name} would be ${side}. ${wayOut(options)}`);
  return sides;
}

const wayOut = ({ by, time }: TableSplitOptions): string =>
  by !== undefined
    ? `The groups of ${quoted(by)} are too few or too large for this fraction`
    : time !== undefined
      ? `Choose another time of ${quoted(time)}`
      : 'Choose another fraction';

/** @throws TypeError `ERR_INVALID_ARGUMENT` if more than one of these options is given. */
export function excludeEachOther<Options>(where: string, options: Options, names: readonly (keyof Options)[]): void {
  const given = names.filter((name) => options[name] !== undefined);
  if (given.length > 1)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `${where}: ${given.join(' and ')} exclude each other; give only one of them`,
    );
}

/** Rows by their keys, in the order of `rows`. */
function rowsByKey(rows: Iterable<number>, keys: ArrayLike<number>): number[][] {
  const lists = new Map<number, number[]>();
  for (const row of rows) {
    const list = lists.get(keys[row]!);
    if (list) list.push(row);
    else lists.set(keys[row]!, [row]);
  }
  return [...lists.values()];
}

/** Rows in random order; with classes, class after class, so that every k-th row has the classes in proportion. */
export function stratifiedOrder(rows: number, seed: number, classes?: ArrayLike<number>): Uint32Array {
  const order = addon.permutation(rows, seed);
  if (classes) order.set(rowsByKey(order, classes).flat());
  return order;
}

/** Takes a share of a list at equal distances. */
export function everySo(list: Uint32Array, share: number): { taken: Uint32Array; rest: Uint32Array } {
  const isTaken = (i: number) => Math.floor((i + 1) * share) > Math.floor(i * share);
  return { taken: list.filter((_, i) => isTaken(i)), rest: list.filter((_, i) => !isTaken(i)) };
}

/** Holds out a share of the rows at random; with classes, of each class. */
function splitAtRandom(rows: number, share: number, seed: number, classes?: ArrayLike<number>): SplitRows {
  const { taken, rest } = everySo(stratifiedOrder(rows, seed, classes), share);
  return { training: rest.sort(), heldOut: taken.sort() };
}

/** Holds out whole groups in random order, as long as each brings the number of rows nearer to the share. */
export function splitByGroup(keys: ArrayLike<number>, share: number, seed: number): SplitRows {
  const goal = share * keys.length;
  const heldOut: number[] = [];
  const training: number[] = [];
  for (const group of rowsByKey(addon.permutation(keys.length, seed), keys)) {
    const { length } = heldOut;
    const isNearer = Math.abs(length + group.length - goal) < Math.abs(length - goal);
    for (const row of group) (isNearer ? heldOut : training).push(row);
  }
  return { training: Uint32Array.from(training).sort(), heldOut: Uint32Array.from(heldOut).sort() };
}

/**
 * Divides rows into `count` parts without dividing groups. Groups are assigned from the largest to the smallest, those of equal
 * size in random order, each to the part with the fewest rows.
 */
export function groupFolds(keys: ArrayLike<number>, count: number, seed: number): Uint32Array[] {
  const groups = rowsByKey(addon.permutation(keys.length, seed), keys).sort((a, b) => b.length - a.length);
  const folds = Array.from({ length: count }, (): number[] => []);
  for (const group of groups) {
    const smallest = folds.reduce((least, fold) => (fold.length < least.length ? fold : least));
    for (const row of group) smallest.push(row);
  }
  return folds.map((fold) => Uint32Array.from(fold).sort());
}

/** Holds out the rows after a date, or after the earliest fraction of the rows. */
function splitByTime(table: Divided, name: string, column: Column, after: Date | number): SplitRows {
  const times = timesOf(table, name, column);
  const last = typeof after === 'number' ? valueAt(times, after) : after.getTime();
  if (typeof after !== 'number' && column.type !== 'date')
    throw errorWith('ERR_INVALID_ARGUMENT', `after is a date, but the column ${quoted(name)} has numbers`);
  const rows = Uint32Array.from(times.keys());
  return { training: rows.filter((row) => times[row]! <= last), heldOut: rows.filter((row) => times[row]! > last) };
}

/**
 * The time of each row.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` for a column of neither dates nor numbers, and for a row without a time.
 */
export function timesOf(table: Divided, name: string, column: Column): Float64Array {
  if (column.type !== 'date' && column.type !== 'number')
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `time: the column ${quoted(name)} of ${table.name} has values of type ${column.type}; a time is a date or a number`,
    );
  const times = column.values;
  const missing = times.findIndex((time) => Number.isNaN(time));
  if (missing >= 0)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `time: row ${table.rowNumbers[missing]! + 1} of ${table.name} has no ${quoted(name)}; leave out such rows with select`,
    );
  return times;
}

/** The largest value of the smallest `share` of the values. */
function valueAt(times: Float64Array, share: number): number {
  const count = Math.round(share * times.length);
  return times.toSorted()[Math.max(count, 1) - 1]!;
}
