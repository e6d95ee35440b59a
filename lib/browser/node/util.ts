const tagOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!;
const isArray = (name: string) => (value: unknown) => ArrayBuffer.isView(value) && tagOf.call(value) === name;
const isOf = (name: string) => (value: unknown) => Object.prototype.toString.call(value) === `[object ${name}]`;

/** Node's tests of a value's kind. Nothing tells a proxy from what is behind it here. */
export const types = {
  isTypedArray: (value: unknown) => ArrayBuffer.isView(value) && tagOf.call(value) !== undefined,
  isUint8Array: isArray('Uint8Array'),
  isUint8ClampedArray: isArray('Uint8ClampedArray'),
  isUint16Array: isArray('Uint16Array'),
  isUint32Array: isArray('Uint32Array'),
  isInt8Array: isArray('Int8Array'),
  isInt16Array: isArray('Int16Array'),
  isInt32Array: isArray('Int32Array'),
  isFloat32Array: isArray('Float32Array'),
  isFloat64Array: isArray('Float64Array'),
  isBigInt64Array: isArray('BigInt64Array'),
  isBigUint64Array: isArray('BigUint64Array'),
  isSharedArrayBuffer: isOf('SharedArrayBuffer'),
  isDate: isOf('Date'),
  isPromise: isOf('Promise'),
  isNativeError: (value: unknown) => value instanceof Error,
  isProxy: () => false,
};

/** There are no errors of a system here. */
export const getSystemErrorMap = (): Map<number, [string, string]> => new Map();
