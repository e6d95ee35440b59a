import { isArray, isPlainObject } from '../../checks/kinds.js';
import { checkArray } from '../../checks/lists.js';
import { invalid } from '../../checks/shown.js';
import { errorWith } from '../../errors.js';
import { columnOfCells, type RowObject, typeOfCell, valueIn } from '../readers/rows.js';
import { numberedFrom, type RowNumber } from '../row_number.js';
import type { Chunk, Field } from '../source.js';
import { columnOf, rowNumberOf, Table } from '../table.js';
import { WordList } from '../words.js';
import { checkColumns } from './fitted_steps.js';

/** Rows as objects, or a table. */
export type RowsLike = readonly RowObject[] | Table;

/** Whether a value is a single row. */
export const isOne = (rows: unknown): boolean => !isArray(rows) && !Table.is(rows);

/** Rows in one chunk. */
export interface Whole {
  readonly fields: Field[];
  readonly chunk: Chunk;
  readonly numberOf: RowNumber;
}

/** Some columns of rows. In messages, the first row of a list has the number `first`; rows of a table have their own. */
export function wholeOf(names: readonly string[], given: RowObject | RowsLike, first = 1): Whole {
  if (Table.is(given)) return wholeTable(names, given);
  const rows = checkArray('rows', isArray(given) ? given : [given], 'an array of rows', (row, i) => {
    if (!isPlainObject(row)) throw invalid(`row ${first + i}`, 'an object with the names of the columns', row);
    return row;
  });
  if (rows.length === 0) throw errorWith('ERR_SHAPE', 'there are no rows');
  const fields: Field[] = [];
  const columns = names.map((name) => {
    const cells = new Array<unknown>(rows.length);
    let type: Field['type'] | undefined;
    for (let i = 0; i < rows.length; ++i) {
      const cell = valueIn(rows[i] as RowObject, name);
      cells[i] = cell;
      const one = typeOfCell(cell);
      if (one === 'other')
        throw invalid(
          `row ${first + i}, column ${JSON.stringify(name)}`,
          'a number, a string, a boolean, a Date or null',
          cell,
        );
      if (one !== undefined) type = type === undefined || type === one ? one : 'word';
    }
    fields.push({ name, type: type ?? 'word' });
    return columnOfCells(cells, type ?? 'word', new WordList());
  });
  return { fields, chunk: { rows: rows.length, columns }, numberOf: numberedFrom(first) };
}

function wholeTable(names: readonly string[], table: Table): Whole {
  checkColumns(table, names);
  const fields = names.map((name) => ({ name, type: table.typeOf(name) }));
  const columns = names.map((name) => columnOf(table, name));
  return { fields, chunk: { rows: table.rows, columns }, numberOf: (row) => rowNumberOf(table, row) };
}
