/** Whether a value is an object, and not a proxy whose handler is gone: nothing can be asked of that. */
export function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !isRevoked(value);
}

/** Whether a value is an array, as `Array.isArray` says; false for revoked proxies, for which that throws. */
export function isArray(value: unknown): value is readonly unknown[] {
  return isObject(value) && Array.isArray(value);
}

/** Whether a value is a revoked proxy. `Array.isArray` runs no trap of a proxy, and throws where there is no handler. */
export function isRevoked(value: object): boolean {
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

/** Whether a value is an object as a literal makes it, in any realm. */
export function isPlainObject(value: unknown): value is object {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
