import { Dataset } from '../lib/data/dataset';
import { errorWith, GlissadeError } from '../lib/errors';
import { adam } from '../lib/optimizers/adam';
import { Optimizer } from '../lib/optimizers/optimizer';
import type { Rule } from '../lib/optimizers/rule';

/** The error that a call throws. */
function thrownBy(call: () => unknown): Error & { code: string } {
  try {
    call();
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error('nothing was thrown');
}

const outOfRange = () => adam({ beta1: 2 });
const invalid = () => adam({ beta1: '0.9' as unknown as number });
const disposed = () => {
  const data = new Dataset({ inputs: [[1]] });
  data.dispose();
  data.select([0]);
};
const fromNative = () => new Optimizer([new Float32Array(2)], adam()).step([new Float32Array(3)]);

describe('an error', () => {
  test.each([
    ['out of range', outOfRange, RangeError, 'RangeError', 'ERR_OUT_OF_RANGE'],
    ['of a wrong type', invalid, TypeError, 'TypeError', 'ERR_INVALID_ARGUMENT'],
    ['of another kind', disposed, GlissadeError, 'GlissadeError', 'ERR_DISPOSED'],
    ['from the native side', fromNative, RangeError, 'RangeError', 'ERR_SHAPE'],
  ])('(%s) has a class, a name and a code, and shows the code in its stack', (_, call, Class, name, code) => {
    const error = thrownBy(call);
    expect(error).toBeInstanceOf(Class);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe(name);
    expect(error.code).toBe(code);
    expect(error.stack).toMatch(new RegExp(`^${name} \\[${code}\\]: `));
    expect(error.stack).toContain(error.message);
  });

  test('has the original error as its cause, and otherwise none', () => {
    const cause = new Error('the disk is full');
    expect(errorWith('ERR_FILE', "can't write it", cause).cause).toBe(cause);
    expect('cause' in errorWith('ERR_FILE', "can't write it")).toBe(false);
    expect(errorWith('ERR_SHAPE', 'does not fit', cause).cause).toBe(cause);
  });

  test('points to the call, not to the code that makes errors', () => {
    expect(thrownBy(invalid).stack!.split('\n')[1]).not.toContain('errors.ts');
    expect(thrownBy(fromNative).stack).toContain('errors.test.ts');
  });

  test('names the expected value, the argument and the received value', () => {
    expect(thrownBy(outOfRange).message).toBe('Expected a number in [0, 1) for adam.beta1 but received 2');
    expect(thrownBy(invalid).message).toBe(
      'Expected a number in [0, 1) or a schedule for adam.beta1 but received "0.9"',
    );
    expect(thrownBy(fromNative).message).toBe('gradients[0] has 3 elements, but parameters[0] has 2');
  });

  test.each<[unknown, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    [5n, '5n'],
    ['text', '"text"'],
    [true, 'true'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, 'a function'],
    [class {}, 'a function'],
    [{}, 'an Object'],
    [new Map(), 'a Map'],
    [new Date(0), 'a Date'],
    [Promise.resolve(), 'a Promise'],
    [new Float32Array(1), 'a Float32Array'],
    [new Int8Array(1), 'an Int8Array'],
    [new Uint8Array(1), 'a Uint8Array'],
    [Buffer.alloc(1), 'a Uint8Array'],
    [new DataView(new ArrayBuffer(1)), 'a DataView'],
    [new ArrayBuffer(1), 'an ArrayBuffer'],
    [new SharedArrayBuffer(1), 'a SharedArrayBuffer'],
  ])('describes the received value: %p', (value, words) => {
    const { message, code } = thrownBy(() => new Optimizer([], value as Rule));
    expect(code).toBe('ERR_INVALID_ARGUMENT');
    expect(message).toMatch(new RegExp(`^Expected an update rule .* but received ${words.replace(/[()]/g, '\\$&')}$`));
  });
});

describe('a GlissadeError', () => {
  test('can be made with a cause', () => {
    const cause = new Error('why');
    const error = new GlissadeError('ERR_BUSY', 'what', { cause });
    expect(error).toMatchObject({ name: 'GlissadeError', code: 'ERR_BUSY', message: 'what', cause });
  });
});
