import { addon } from '../../lib/addon';
import type { ErrorCode } from '../../lib/errors';
import { expectErrorOf } from '../support/refusals';
import { refusedCalls } from './native_calls';

// Calls that lib/ never makes. The native side refuses them by itself, so that a mistake in lib/ is an error, not a
// crash. The exception is a buffer that is transferred away between `borrow` and `step`.

const thrownBy = async (call: () => unknown): Promise<unknown> => {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('the native side refuses', () => {
  test.each(refusedCalls)('%s: %s', async (_, code, call) => {
    expectErrorOf(await thrownBy(() => call(addon)), code as ErrorCode);
  });
});
