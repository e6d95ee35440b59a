/**
 * The `code` of an error of this package.
 *
 * - `ERR_INVALID_ARGUMENT` (TypeError): a wrong type, an unknown option or name
 * - `ERR_OUT_OF_RANGE` (RangeError): a number outside its range; too little memory
 * - `ERR_SHAPE` (RangeError): lengths that don't fit each other
 * - `ERR_NON_FINITE`: a NaN or infinity in data, a loss, a gradient or parameters
 * - `ERR_DETACHED`: an array whose buffer was transferred away, or has shrunk below it
 * - `ERR_BUSY`: a call during a run or a `stepAsync`
 * - `ERR_EPOCH_PASSED`: `epoch.model()` once the run has gone on
 * - `ERR_QUEUE_FULL`: a `stepAsync` while as many steps wait as the trainer's `queue` allows
 * - `ERR_DISPOSED`: a dataset or trainer after its `dispose`
 * - `ERR_CORRUPT_FILE`: bytes or a file that is damaged, or of another kind
 * - `ERR_FILE`: the file system refuses to read or write a file; `cause` has its error
 * - `ERR_MPI_UNAVAILABLE`: no library of MPI that fits the launcher can be opened, or the launcher can't be reached
 * - `ERR_MPI`: MPI has failed, or another process of the job has not answered in time
 * - `ERR_RANKS_DIFFER`: the processes of a job should train alike, but have different options, data or parameters
 * - `ERR_NOT_READY`: in a browser, a call before `await ready()`
 * - `ERR_UNSUPPORTED_PLATFORM`: the native addon or an optional package can't be loaded
 * - `ERR_INTERNAL`: a failure of the system or of this package
 */
export type ErrorCode =
  | 'ERR_INVALID_ARGUMENT'
  | 'ERR_OUT_OF_RANGE'
  | 'ERR_SHAPE'
  | 'ERR_NON_FINITE'
  | 'ERR_DETACHED'
  | 'ERR_BUSY'
  | 'ERR_EPOCH_PASSED'
  | 'ERR_QUEUE_FULL'
  | 'ERR_DISPOSED'
  | 'ERR_CORRUPT_FILE'
  | 'ERR_FILE'
  | 'ERR_MPI_UNAVAILABLE'
  | 'ERR_MPI'
  | 'ERR_RANKS_DIFFER'
  | 'ERR_NOT_READY'
  | 'ERR_UNSUPPORTED_PLATFORM'
  | 'ERR_INTERNAL';

/** An error that is neither a TypeError nor a RangeError. Its {@link code} says what happened. */
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

/**
 * The error of a code: a `TypeError`, `RangeError` or {@link GlissadeError} whose stack trace shows the code as Node's
 * own errors do.
 */
export function errorWith(code: ErrorCode, message: string, cause?: unknown): Error {
  const Class = classes[code];
  const options = cause === undefined ? undefined : { cause };
  const error = Class
    ? Object.assign(new Class(message, options), { code })
    : new GlissadeError(code, message, options);
  const { name } = error;
  // The stack is composed here, so the name has to contain the code only until then.
  Object.defineProperty(error, 'name', { value: `${name} [${code}]`, configurable: true, writable: true });
  Error.captureStackTrace?.(error, errorWith);
  void error.stack;
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return error;
}

/** Errors about memory that could not be allocated. Numbers outside their range have the same code. */
const ofMemory = new WeakSet<object>();

/** The error for memory that can't be allocated. */
export function outOfMemory(message: string): Error {
  const error = errorWith('ERR_OUT_OF_RANGE', message);
  ofMemory.add(error);
  return error;
}

/** Whether an error is one of {@link outOfMemory}. What was being read then may be sound. */
export const isOutOfMemory = (error: unknown): boolean => ofMemory.has(error as object);

/** A zeroed array. @throws RangeError `ERR_OUT_OF_RANGE` if there is no memory for it. */
export const newArray = <T>(Class: { new (length: number): T; BYTES_PER_ELEMENT: number }, length: number): T =>
  allocated(length * Class.BYTES_PER_ELEMENT, () => new Class(length));

/**
 * What `allocate` makes, which needs this many bytes.
 *
 * @throws RangeError `ERR_OUT_OF_RANGE` if it fails.
 */
export function allocated<T>(bytes: number, allocate: () => T): T {
  try {
    return allocate();
  } catch {
    throw outOfMemory(`can't allocate ${bytes} bytes of memory`);
  }
}
