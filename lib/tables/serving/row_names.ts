import { isArray, isPlainObject } from '../../checks/kinds.js';
import { invalid, quoted } from '../../checks/shown.js';
import { suggestion } from '../../checks/suggestion.js';
import { errorWith } from '../../errors.js';
import type { RowObject } from '../readers/rows.js';
import type { TableModel } from '../table_model.js';
import type { TrainReport } from '../train/report.js';

/** Names that a row may have: those of the table that the model was trained on. */
export class RowNames {
  readonly #known: ReadonlySet<string>;

  constructor({ columns, target, about }: TableModel) {
    const { kinds = {} } = (about.report ?? {}) as Partial<TrainReport>;
    this.#known = new Set([...columns, target.column, ...Object.keys(kinds)]);
  }

  /**
   * The rows of a body: an object, or an array of objects.
   *
   * @throws TypeError `ERR_INVALID_ARGUMENT` for anything else, and for a name that the table did not have: a misspelt
   *   name would count as a missing value.
   */
  rowsIn(body: unknown, names: 'known' | 'any'): RowObject[] {
    const rows: readonly unknown[] = isArray(body) ? body : [body];
    if (rows.length === 0) throw errorWith('ERR_SHAPE', 'the body has no rows');
    for (const [i, row] of rows.entries()) {
      if (!isPlainObject(row)) throw invalid(`row ${i + 1}`, 'an object with the names of the columns', row);
      if (names === 'known') this.#check(row, i + 1);
    }
    return rows as RowObject[];
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
