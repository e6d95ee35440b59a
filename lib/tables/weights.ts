import { quoted } from '../checks/shown.js';
import { errorWith } from '../errors.js';
import type { Column } from './column.js';
import { numbersOf } from './conversions.js';
import type { RowNumber } from './row_number.js';
import { columnOf, rowNumberOf, type Table } from './table.js';

/**
 * The weights of rows from a column of numbers.
 *
 * @param ofMissing The weight of a row that has none. Default: such a row is refused.
 * @throws TypeError `ERR_INVALID_ARGUMENT` that names the row of a missing weight, or of one that is not a finite number ≥ 0.
 */
export function weightsFrom(column: Column, name: string, numberOf: RowNumber, ofMissing = Number.NaN): Float64Array {
  const given = numbersOf(column, name, numberOf, 'number', 'error');
  const weights = Number.isNaN(ofMissing) ? given : given.map((weight) => (Number.isNaN(weight) ? ofMissing : weight));
  const row = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (row < 0) return weights;
  const found = Number.isNaN(weights[row]) ? 'the weight is missing' : `the weight is ${weights[row]}`;
  throw errorWith(
    'ERR_INVALID_ARGUMENT',
    `row ${numberOf(row)}, column ${quoted(name)}: ${found}; a weight is a finite number of at least 0`,
  );
}

/** The weights of the rows of a table; undefined without a column of weights. */
export const weightsOf = (table: Table, name: string | undefined): Float64Array | undefined =>
  name === undefined ? undefined : weightsFrom(columnOf(table, name), name, (row) => rowNumberOf(table, row));
