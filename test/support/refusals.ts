import { type ErrorCode, GlissadeError } from '../../lib/errors';

const classes: Partial<Record<ErrorCode, ErrorConstructor>> = {
  ERR_INVALID_ARGUMENT: TypeError,
  ERR_OUT_OF_RANGE: RangeError,
  ERR_SHAPE: RangeError,
};

/** The object of an expectation. No argument or option has this name. */
const expectation = /^(?:an?|one of|either) (?!feature of row)/;

/**
 * Checks that an error has this code and the class that belongs to it, and that its message contains all `names`. The
 * message either says what was expected, for which argument, and what was received, in this order, or is
 * another sentence. It has no gaps such as "undefined has".
 */
export function expectErrorOf(error: unknown, code: ErrorCode, ...names: string[]): void {
  expect(error).toBeInstanceOf(classes[code] ?? GlissadeError);
  expect(error).toHaveProperty('code', code);
  const { message } = error as Error;
  for (const name of names) expect(message).toContain(name);
  expect(message).not.toMatch(/^\s|\s$|\bundefined has\b|\$\{|\[object /);
  const [, subject] = /^(?:.+: )?Expected .+? for (.+?) but received /.exec(message) ?? [];
  if (subject !== undefined) expect(subject).not.toMatch(expectation);
}

const nothingThrown = Symbol('nothing was thrown');

/** Expects that `action` throws an error of this code, whose message contains all `names`. */
export function expectRefusal(action: () => unknown, code: ErrorCode, ...names: string[]): void {
  let thrown: unknown = nothingThrown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  if (thrown === nothingThrown) throw new Error(`nothing was thrown where ${code} was expected (${names.join(', ')})`);
  expectErrorOf(thrown, code, ...names);
}

/** Expects that `promise` is rejected with an error of this code, whose message contains all `names`. */
export async function expectRejection(
  promise: PromiseLike<unknown>,
  code: ErrorCode,
  ...names: string[]
): Promise<void> {
  const reason = await promise.then(
    () => nothingThrown,
    (error: unknown) => error,
  );
  if (reason === nothingThrown)
    throw new Error(`the promise was fulfilled where ${code} was expected (${names.join(', ')})`);
  expectErrorOf(reason, code, ...names);
}
