import { type ErrorCode, errorWith } from '../errors.js';
import type { Source } from './source.js';

/** Does work on rows of a source, whose name then comes before the row and the column that an error names. */
export function ofSource<T>({ name }: Source, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as Error & { code?: ErrorCode };
    throw code === undefined ? error : errorWith(code, `${name}, ${message}`, error);
  }
}
