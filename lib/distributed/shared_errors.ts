import { isObject } from '../checks/kinds.js';

const shared = new WeakSet<object>();

/** Notes that all ranks throw this same error, so that the first one's message is enough. */
export function noteShared(error: unknown): unknown {
  if (isObject(error)) shared.add(error);
  return error;
}

/** Notes this of an error with a certain code: ranks that take a step together find the same fault in it. */
export function noteIfShared(error: unknown): unknown {
  const isOfAll =
    isObject(error) && 'code' in error && (error.code === 'ERR_NON_FINITE' || error.code === 'ERR_RANKS_DIFFER');
  return isOfAll ? noteShared(error) : error;
}

export const isShared = (error: unknown): boolean => isObject(error) && shared.has(error);
