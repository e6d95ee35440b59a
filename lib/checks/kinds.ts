/** Whether a value is an object, but not a revoked proxy, for which almost any operation throws. */
export function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !isRevoked(value);
}

/** `Array.isArray`, but false for revoked proxies, for which that throws. */
export function isArray(value: unknown): value is readonly unknown[] {
  return isObject(value) && Array.isArray(value);
}

/**
 * Whether an object is a revoked proxy. `Array.isArray` runs no trap of a proxy, and throws if the proxy is revoked.
 */
export function isRevoked(value: object): boolean {
  try {
    Array.isArray(value);
    return false;
  } catch {
    return true;
  }
}

/** Whether a value is an object like those of object literals, from any realm, or one without a prototype. */
export function isPlainObject(value: unknown): value is object {
  if (!isObject(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether data is free of circles, and not nested too deeply. */
export function isJSON(data: object): boolean {
  try {
    JSON.stringify(data);
    return true;
  } catch {
    return false;
  }
}
