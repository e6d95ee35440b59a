import { isPlainObject } from '../../checks/kinds.js';
import { invalid, quoted, shortened } from '../../checks/shown.js';
import { suggestion } from '../../checks/suggestion.js';
import { errorWith } from '../../errors.js';
import type { RowFlag } from '../monitoring/row_check.js';
import type { RowObject } from '../readers/rows.js';
import type { TableModel } from '../table_model.js';

/** The names that a row may have: those of the columns in the training table. */
export class RowNames {
  readonly #known: ReadonlySet<string>;

  /** @param models The models that read the rows. */
  constructor(models: readonly TableModel[]) {
    this.#known = new Set(models.flatMap((model) => [...model.knownNames()]));
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

  /** A flag for each unknown name. */
  unknown(rows: readonly RowObject[]): RowFlag[] {
    const flags: RowFlag[] = [];
    for (const [row, given] of rows.entries())
      for (const name in given)
        if (!this.#known.has(name)) flags.push({ row, flag: { column: shortened(name), reason: 'unknown field' } });
    return flags;
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
