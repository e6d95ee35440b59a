import { orDefault } from '../../checks/options.js';
import { hashOfHashes } from '../../data/murmur.js';
import { errorWith } from '../../errors.js';
import { columnOf, ranksOf, rowNumberOf } from '../table.js';
import { targetFrom, targetKnown, targetsOf } from '../target.js';
import { drawnParts, foldsOf, heldOutParts, type Parts, partsOf } from './folds.js';
import { type Setting, smallRows } from './setting.js';

/** The index of each row's class; undefined if the target is a number. */
export function classesOf({ table, target, task, classes }: Setting): Float64Array | undefined {
  if (task === 'regression') return undefined;
  const column = columnOf(table, target);
  return targetsOf(targetFrom(target, [targetKnown(target, column, task)], classes), column);
}

/** Whether each row is held out once. Otherwise only a part of the rows is held out. */
export const isCrossValidated = ({ table, rows }: Setting, validation: number | undefined): boolean =>
  validation === undefined && rows < smallRows && !ranksOf(table);

/** The divisions of the rows on which models are compared. */
export function divisionsOf(setting: Setting, validation: number | undefined): Parts[] {
  const { table, seed } = setting;
  const { rows } = table;
  const classes = classesOf(setting);
  if (isCrossValidated(setting, validation)) return partsOf(foldsOf(rows, rows < 1000 ? 8 : 5, setting.seed, classes));
  const share = orDefault(validation, 0.1);
  if (ranksOf(table)) return [drawnParts(rows, share, (row) => hashOfHashes(rowNumberOf(table, row), seed, 0))];
  const parts = heldOutParts(rows, share, seed, classes);
  const { training, stopping, heldOut } = parts;
  if (heldOut.length === 0)
    throw errorWith('ERR_OUT_OF_RANGE', `validation: ${share} of ${rows} rows is none; hold out a larger share`);
  if (training.length < fewestTraining || stopping.length === 0)
    throw errorWith(
      'ERR_OUT_OF_RANGE',
      `validation: if ${share} of ${rows} rows are held out, only ${rows - heldOut.length} are left to train on; hold out a smaller share`,
    );
  return [parts];
}

const fewestTraining = 5;
