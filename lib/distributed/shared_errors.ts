import { isObject } from '../checks/kinds.js';

const shared = new WeakSet<object>();

/** Records that all ranks throw this same error, so the message of the first one is enough. */
export function noteShared(error: unknown): unknown {
  if (isObject(error)) shared.add(error);
  return error;
}

/** Records this of an error with certain codes: ranks that take a step together all get it. */
export function noteIfShared(error: unknown): unknown {
  const isOfAll =
    isObject(error) && 'code' in error && (error.code === 'ERR_NON_FINITE' || error.code === 'ERR_RANKS_DIFFER');
  return isOfAll ? noteShared(error) : error;
}

export const isShared = (error: unknown): boolean => isObject(error) && shared.has(error);
