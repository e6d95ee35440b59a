import { isPlainObject } from '../../checks/kinds.js';
import { invalid, quoted } from '../../checks/shown.js';
import { suggestion } from '../../checks/suggestion.js';
import { errorWith } from '../../errors.js';
import type { RowObject } from '../readers/rows.js';
import type { TableModel } from '../table_model.js';
import type { TrainReport } from '../train/report.js';

/** The names that a row may have: those of the columns in the training table. */
export class RowNames {
  readonly #known: ReadonlySet<string>;

  constructor({ columns, target, about }: TableModel) {
    const { kinds = {} } = (about.report ?? {}) as Partial<TrainReport>;
    this.#known = new Set([...columns, target.column, ...Object.keys(kinds)]);
  }

  /**
   * Rows of a body.
   *
   * @param first The number of the first, from 1 on.
   * @throws TypeError `ERR_INVALID_ARGUMENT` for a row that is not an object, and for an unknown name: a misspelt name would
   *   count as a missing value.
   */
  checked(rows: readonly unknown[], first: number, names: 'known' | 'any'): readonly RowObject[] {
    for (const [i, row] of rows.entries()) {
      if (!isPlainObject(row)) throw invalid(`row ${first + i}`, 'an object with the names of the columns', row);
      if (names === 'known') this.#check(row, first + i);
    }
    return rows as readonly RowObject[];
  }

  #check(row: object, number: number): void {
    for (const name in row)
      if (!this.#known.has(name))
        throw errorWith(
          'ERR_INVALID_ARGUMENT',
          `row ${number}: the model knows no column ${quoted(name)}.${suggestion(name, [...this.#known])}`,
        );
  }
}
