import { errorWith } from '../errors.js';

/** The first argument of a constructor that takes internals of its class. Only this package has it. */
export const internal: unique symbol = Symbol('internal');

/**
 * Checks the first argument of a constructor that takes internals. People reach such a constructor by the instances that they have.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` that says what to use instead.
 */
export function checkInternal(key: unknown, instead: string): void {
  if (key !== internal) throw errorWith('ERR_INVALID_ARGUMENT', instead);
}
