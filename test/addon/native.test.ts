import type { ErrorCode } from 'glissade';
import { addon } from '../../lib/addon';
import { expectErrorOf } from '../support/refusals';
import { refusedCalls } from './native_calls';

// What lib/ never does: the native side holds by itself, so that a slip of lib/ is an error and not a crash. (One is not seen: a
// buffer that is transferred away between `lend` and `step`.)

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
