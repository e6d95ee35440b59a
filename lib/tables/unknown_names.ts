import { quoted } from '../checks/shown.js';
import { suggestion } from '../checks/suggestion.js';
import { errorWith } from '../errors.js';
import { isOne, type RowsLike } from './pipeline/rows_like.js';
import type { RowObject } from './readers/rows.js';
import { Table } from './table.js';

/**
 * Refuses rows with names of which a model knows none. A row may have further columns, as a table has, and may lack some or all.
 *
 * @param rows Objects.
 * @param columns The columns that the model reads.
 * @param all All columns of the training table.
 * @param first The number of the first row.
 * @throws TypeError `ERR_INVALID_ARGUMENT`.
 */
export function refuseUnknownNames(
  rows: RowObject | RowsLike,
  columns: readonly string[],
  all: () => ReadonlySet<string>,
  first: number,
): void {
  if (Table.is(rows)) return;
  const list = (isOne(rows) ? [rows] : rows) as readonly RowObject[];
  for (let i = 0; i < list.length; ++i) {
    const row = list[i]!;
    if (columns.some((name) => Object.hasOwn(row, name))) continue;
    const names = Object.keys(row);
    if (names.length === 0) continue;
    const known = all();
    if (names.some((name) => known.has(name))) continue;
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      `row ${first + i}: the model knows none of its columns, such as ${quoted(names[0]!)}.${suggestion(names[0]!, columns)}`,
    );
  }
}
