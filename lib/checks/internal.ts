import { errorWith } from '../errors.js';

/** First argument of a constructor that takes internals of its class. Only this package has the symbol. */
export const internal: unique symbol = Symbol('internal');

/**
 * Checks the first argument of a constructor that takes internals. Users can reach such a constructor through
 * `instance.constructor`.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT` that says what to use instead.
 */
export function checkInternal(key: unknown, instead: string): void {
  if (key !== internal) throw errorWith('ERR_INVALID_ARGUMENT', instead);
}
