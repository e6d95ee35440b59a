import { quoted } from '../checks/shown.js';
import { suggestion } from '../checks/suggestion.js';
import { type ErrorCode, errorWith } from '../errors.js';
import type { Source } from './source.js';

/** The refusal of a column that a table does not have. `option` is what names it, as `kinds: `. */
export const unknownColumn = (table: string, columns: readonly string[], name: string, option = ''): Error =>
  errorWith('ERR_INVALID_ARGUMENT', `${option}${table} has no column ${quoted(name)}.${suggestion(name, columns)}`);

/** Does work on rows of a source, whose name then comes before the row and the column that an error names. */
export function ofSource<T>({ name }: Source, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as Error & { code?: ErrorCode };
    throw code === undefined ? error : errorWith(code, `${name}, ${message}`, error);
  }
}
