import { errorWith } from '../errors.js';

/** The difference that each error of {@link otherTraining} names. */
const differences = new WeakMap<object, string>();

/** The difference that an error names, without the way out; undefined for an error of another kind. */
export const differenceOf = (error: unknown): string | undefined => differences.get(error as object);

/** The error for a saved state that belongs to another training. `way` is the way out. */
export function otherTraining(difference: string, way: string, cause?: unknown): Error {
  const error = errorWith('ERR_INVALID_ARGUMENT', `${difference}; ${way}`, cause);
  differences.set(error, difference);
  return error;
}
