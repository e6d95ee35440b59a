import { isObject } from '../checks/kinds.js';

const common = new WeakSet<object>();

/** Notes that all ranks get this error alike, so that the first one's message stands for all. */
export function noteCommon(error: unknown): unknown {
  if (isObject(error)) common.add(error);
  return error;
}

export const isCommon = (error: unknown): boolean => isObject(error) && common.has(error);
