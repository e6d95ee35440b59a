import { type ErrorCode, GlissadeError } from 'glissade';

const classes: Partial<Record<ErrorCode, ErrorConstructor>> = {
  ERR_INVALID_ARGUMENT: TypeError,
  ERR_OUT_OF_RANGE: RangeError,
  ERR_SHAPE: RangeError,
};

/** Expects an error of this code and of the class that belongs to it, whose message contains all `names`. */
export function expectErrorOf(error: unknown, code: ErrorCode, ...names: string[]): void {
  expect(error).toBeInstanceOf(classes[code] ?? GlissadeError);
  expect(error).toHaveProperty('code', code);
  for (const name of names) expect((error as Error).message).toContain(name);
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
