import { quoted } from '../checks/shown.js';
import { suggestion } from '../checks/suggestion.js';
import { type ErrorCode, errorWith } from '../errors.js';
import type { Source } from './source.js';

/** The error for an unknown column. `option` says where its name was given, such as `kinds: `. */
export const unknownColumn = (table: string, columns: readonly string[], name: string, option = ''): Error =>
  errorWith('ERR_INVALID_ARGUMENT', `${option}${table} has no column ${quoted(name)}.${suggestion(name, columns)}`);

/** Runs work on rows of a source, and adds the name of the source to its errors, which name row and column. */
export function ofSource<T>({ name }: Source, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as Error & { code?: ErrorCode };
    throw code === undefined ? error : errorWith(code, `${name}, ${message}`, error);
  }
}
