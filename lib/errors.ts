/** The `code` of every error this package throws. */
export type ErrorCode =
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_SHAPE'
  | 'ERR_NON_FINITE'
  | 'ERR_DETACHED'
  | 'ERR_BUSY'
  | 'ERR_DISPOSED'
  | 'ERR_CORRUPT_FILE'
  | 'ERR_UNSUPPORTED_PLATFORM'
  | 'ERR_INTERNAL';

/** A failure that is neither a wrong type nor a wrong range: see its {@link code}. */
export class GlissadeError extends Error {
  override readonly name = 'GlissadeError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const classes: Partial<Record<ErrorCode, ErrorConstructor>> = {
  ERR_INVALID_ARGUMENT: TypeError,
  ERR_OUT_OF_RANGE: RangeError,
  ERR_SHAPE: RangeError,
};

/** The error of a code: `TypeError`, `RangeError` or {@link GlissadeError}, as Node's own errors look in a stack trace. */
export function errorWith(code: ErrorCode, message: string): Error {
  const Class = classes[code];
  const error = Class ? Object.assign(new Class(message), { code }) : new GlissadeError(code, message);
  const { name } = error;
  // The stack is composed at once, so a name that carries the code is needed only for this moment.
  Object.defineProperty(error, 'name', { value: `${name} [${code}]`, configurable: true, writable: true });
  Error.captureStackTrace?.(error, errorWith);
  void error.stack;
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return error;
}
