import { orDefault } from '../../checks/options.js';
import { quoted } from '../../checks/shown.js';
import { hashOfHashes, hashOfText } from '../../data/murmur.js';
import { together } from '../../distributed/ranks.js';
import { errorWith } from '../../errors.js';
import { type Column, cellOf, keysOf } from '../column.js';
import { concatenated } from '../concatenated.js';
import { groupFolds, timesOf } from '../splits.js';
import { columnOf, ranksOf, rowNumberOf, type Table } from '../table.js';
import { targetFrom, targetKnown, targetsOf } from '../target.js';
import type { DivisionOptions } from './division_options.js';
import {
  drawnParts,
  expandingParts,
  foldsOf,
  heldOutGroups,
  heldOutParts,
  latestParts,
  type Parts,
  partsOf,
} from './folds.js';
import { type Setting, smallRows } from './setting.js';

/** Whether each row is held out once. Otherwise only a part of the rows is held out. */
export const isCrossValidated = ({ table, rows }: Setting, validation: number | undefined): boolean =>
  validation === undefined && rows < smallRows && !ranksOf(table);

/** The divisions of the rows on which models are compared. */
export async function divisionsOf(setting: Setting, validation: number | undefined): Promise<Parts[]> {
  if (isCrossValidated(setting, validation)) return foldParts(setting, usualFolds(setting));
  const share = orDefault(validation, 0.1);
  const ranks = ranksOf(setting.table);
  const parts = ranks ? await partsOfRank(setting, share) : wholeParts(setting, share);
  const counts = await together(ranks, countsOf(parts));
  checkCounts(
    setting,
    [0, 1, 2].map((i) => counts.reduce((sum, each) => sum + each[i]!, 0)) as [number, number, number],
    share,
  );
  return [parts];
}

/** The fewest folds in which each row, group or time is held out once. */
const fewestFolds = 2;

const isComplete = (parts: Parts): boolean => countsOf(parts).every((count) => count > 0);

/** How many folds a table has: more if it is small, fewer if its groups or times are few, or a gap leaves too few rows. */
export function usualFolds(setting: Setting): number {
  const { table, division } = setting;
  let count = Math.max(fewestFolds, Math.min(table.rows < 1000 ? 8 : 5, mostFoldsOf(setting)));
  if (division.time === undefined) return count;
  const column = columnOf(table, division.time);
  const times = timesOf(table, division.time, column);
  const isPossible = () => expandingParts(times, count, gapIn(column, division.gap)).every(isComplete);
  while (count > fewestFolds && !isPossible()) --count;
  return count;
}

/** How many folds a column of groups or times allows. */
function mostFoldsOf({ table, division: { by, time } }: Setting): number {
  const name = by ?? time;
  if (name === undefined) return table.rows;
  return new Set(keysOf(columnOf(table, name))).size - (time === undefined ? 0 : 1);
}

/**
 * Divisions that each hold out another part of the rows.
 *
 * @throws RangeError `ERR_SHAPE` if there are too few rows, groups or times.
 */
export function foldParts(setting: Setting, count: number): Parts[] {
  const { table, seed, division } = setting;
  const { by, time, gap } = division;
  const most = mostFoldsOf(setting);
  const of = by !== undefined ? counted(most, 'group') : counted(most + 1, 'different time');
  const remedy = count > fewestFolds ? 'use fewer folds' : `leave out ${by === undefined ? 'time' : 'by'}`;
  if (most < count)
    throw errorWith(
      'ERR_SHAPE',
      by === undefined && time === undefined
        ? `${table.name} has only ${table.rows} rows for ${count} folds`
        : `the column ${quoted(by ?? time!)} has only ${of} for ${count} folds; ${remedy}`,
    );
  if (time !== undefined) {
    const column = columnOf(table, time);
    const parts = expandingParts(timesOf(table, time, column), count, gapIn(column, gap));
    for (const each of parts) checkNotEmpty(division, countsOf(each), count);
    return parts;
  }
  if (by !== undefined) return partsOf(groupFolds(keysOf(columnOf(table, by)), count, seed), seed);
  return partsOf(foldsOf(table.rows, count, seed, strataOf(setting)), seed);
}

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

/** A gap in the units of a column, which are milliseconds for dates. */
export const gapIn = (column: Column, gap = 0): number => (column.type === 'date' ? gap * 86_400_000 : gap);

/** A number for each row, the same for rows whose proportions are kept; undefined if none are. */
function strataOf({ table, target, task, classes, division: { stratified } }: Setting): ArrayLike<number> | undefined {
  if (stratified !== undefined) return keysOf(columnOf(table, stratified));
  if (task === 'regression') return undefined;
  const column = columnOf(table, target);
  return targetsOf(targetFrom(target, [targetKnown(target, column, task)], classes), column);
}

/** Holds out a share of the rows of a whole table. */
function wholeParts(setting: Setting, share: number): Parts {
  const { table, seed, division } = setting;
  const { by, time, gap } = division;
  if (time !== undefined) {
    const column = columnOf(table, time);
    return latestParts(timesOf(table, time, column), share, gapIn(column, gap));
  }
  if (by !== undefined) return heldOutGroups(keysOf(columnOf(table, by)), share, seed);
  return heldOutParts(table.rows, share, seed, strataOf(setting));
}

/** Holds out a share of the rows of all ranks; the result is that of this rank. The proportions of classes are left to chance. */
async function partsOfRank(setting: Setting, share: number): Promise<Parts> {
  const { table, seed, division } = setting;
  const { by, time, gap, stratified } = division;
  if (stratified !== undefined)
    throw errorWith('ERR_INVALID_ARGUMENT', `stratified needs a whole table, but ${table.name} is one rank's part`);
  if (time !== undefined) {
    const column = columnOf(table, time);
    const times = await together(ranksOf(table), timesOf(table, time, column));
    const first = times.slice(0, ranksOf(table)!.rank).reduce((sum, { length }) => sum + length, 0);
    const end = first + table.rows;
    const { training, stopping, heldOut } = latestParts(concatenated(Float64Array, times), share, gapIn(column, gap));
    const own = (rows: Uint32Array) => rows.filter((row) => row >= first && row < end).map((row) => row - first);
    return { training: own(training), stopping: own(stopping), heldOut: own(heldOut) };
  }
  const groups = groupsOf(table, by);
  return drawnParts(table.rows, share, (row) => hashOfHashes(groups ? groups[row]! : rowNumberOf(table, row), seed, 0));
}

/** A number for each row, the same for rows of a group, on all ranks. */
export function groupsOf(table: Table, by: string | undefined): Float64Array | undefined {
  if (by === undefined) return undefined;
  const column = columnOf(table, by);
  if (!ranksOf(table)) return Float64Array.from(keysOf(column));
  return Float64Array.from({ length: table.rows }, (_, row) => hashOfText(String(cellOf(column, row)), 0));
}

/** How many rows a division has to train on, to stop by and to judge by. */
type Counts = readonly [training: number, stopping: number, heldOut: number];

const countsOf = ({ training, stopping, heldOut }: Parts): Counts => [training.length, stopping.length, heldOut.length];

/** @throws RangeError unless there are rows to train on, to stop by, and to judge by. */
function checkCounts({ rows, division }: Setting, counts: Counts, share: number): void {
  const [training, stopping, heldOut] = counts;
  checkNotEmpty(division, counts);
  if (heldOut === 0)
    throw errorWith('ERR_OUT_OF_RANGE', `validation: ${share} of ${rows} rows is none; hold out a larger share`);
  if (training < fewestTraining || stopping === 0)
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `validation: if ${share} of ${rows} rows are held out, only ${rows - heldOut} are left to train on; hold out a smaller share`,
    );
}

const fewestTraining = 5;

/** @throws RangeError `ERR_SHAPE` if groups or times leave a part without rows. */
function checkNotEmpty({ by, time, gap }: DivisionOptions, counts: Counts, folds = 1): void {
  if ((by === undefined && time === undefined) || counts.every((count) => count > 0)) return;
  const what = by === undefined ? `times of ${quoted(time!)}` : `groups of ${quoted(by)}`;
  const remedies = [...(folds > fewestFolds ? ['use fewer folds'] : []), ...(gap ? ['choose a smaller gap'] : [])];
  const advice = remedies.length > 0 ? `; ${remedies.join(' or ')}` : '';
  throw errorWith(
    'ERR_SHAPE',
    `the ${what} are too few, or too many rows share one, to learn from some and be judged on others${advice}`,
  );
}
