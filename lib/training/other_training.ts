import { errorWith } from '../errors.js';

/** What differs, of errors of {@link otherTraining}. */
const differences = new WeakMap<object, string>();

/** What an error says that differs from what is kept, without a way out; undefined for an error of another kind. */
export const differenceOf = (error: unknown): string | undefined => differences.get(error as object);

/** The refusal to go on with what is kept of another training. */
export function otherTraining(difference: string, way: string, cause?: unknown): Error {
  const error = errorWith('ERR_INVALID_ARGUMENT', `${difference}; ${way}`, cause);
  differences.set(error, difference);
  return error;
}
