import { orDefault } from '../../checks/options.js';
import { hashOfHashes } from '../../data/murmur.js';
import { columnOf, groupOf, rowNumberOf } from '../table.js';
import { targetFrom, targetKnown, targetsOf } from '../target.js';
import { drawnParts, foldsOf, heldOutParts, type Parts, partsOf } from './folds.js';
import { type Setting, smallRows } from './setting.js';

/** The place of each row's class; undefined if the target is a number. */
export function classesOf({ table, target, task, classes }: Setting): Float64Array | undefined {
  if (task === 'regression') return undefined;
  const column = columnOf(table, target);
  return targetsOf(targetFrom(target, [targetKnown(target, column, task)], classes), column);
}

/** Whether each row of a table is held out once; otherwise a part of the rows is. */
export const isCrossValidated = ({ table, rows }: Setting, validation: number | undefined): boolean =>
  validation === undefined && rows < smallRows && !groupOf(table);

/** The divisions of the rows by which models are compared. */
export function divisionsOf(setting: Setting, validation: number | undefined): Parts[] {
  const { table, seed } = setting;
  const { rows } = table;
  const classes = classesOf(setting);
  return isCrossValidated(setting, validation)
    ? partsOf(foldsOf(rows, rows < 1000 ? 8 : 5, setting.seed, classes))
    : [
        groupOf(table)
          ? drawnParts(rows, orDefault(validation, 0.1), (row) => hashOfHashes(rowNumberOf(table, row), seed, 0))
          : heldOutParts(rows, orDefault(validation, 0.1), seed, classes),
      ];
}
