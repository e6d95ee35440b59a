import '../../lib/losses/squared';
import { types } from 'node:util';
import { addon } from '../../lib/addon';
import { Dataset } from '../../lib/data/dataset';
import { float32, float64 } from '../../lib/numbers/float_arrays';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { linear } from '../../lib/training/linear';
import { expectSameBits } from '../support/bits';
import { inputsOf } from '../support/contents';
import { expectRefusal } from '../support/refusals';

describe.each([
  ['float32', float32, Float32Array],
  ['float64', float64, Float64Array],
] as const)('%s', (type, make, Class) => {
  const numbers = [0.5, -1, 2];
  const filled = (): Float32Array | Float64Array => {
    const array = make(3);
    array.set(numbers);
    return array;
  };

  test('makes zeros in shared memory that begin at a cache line', () => {
    for (const length of [0, 1, 7, 1000]) {
      const array = make(length);
      expect(Object.getPrototypeOf(array)).toBe(Class.prototype);
      expect(Array.from(array)).toEqual(Array.from({ length }, () => 0));
      expect(types.isSharedArrayBuffer(array.buffer)).toBe(true);
      expect(addon.alignment(array)).toBe(0);
    }
  });

  test('makes arrays that are apart', () => {
    const [first, second] = [filled(), make(3)];
    second.fill(7);
    expect(Array.from(first)).toEqual(numbers);
  });

  test('are parameters and gradients with which steps have the bits of plain arrays', async () => {
    const [ours, plain, gradient] = [filled(), Class.from(numbers), filled()];
    const [over, reference] = [new Optimizer([ours], adam()), new Optimizer([plain], adam())];
    for (let step = 0; step < 3; ++step) {
      over.step([gradient]);
      reference.step([Class.from(gradient)]);
      gradient[step] = 3;
    }
    await Promise.all([over.stepAsync([gradient]), reference.stepAsync([Class.from(gradient)])]);
    expectSameBits(ours, plain);
  });

  test('are inputs that a dataset uses in place', () => {
    const inputs = filled();
    const data = new Dataset({ inputs, columns: 1 });
    inputs[1] = 5;
    expect(inputsOf(data)).toEqual([[0.5], [5], [2]]);
  });

  test('are inputs of predictions', () => {
    const model = linear({ inputs: 3, type });
    model.parameters.set([1, 2, 3, 4]);
    expect(Array.from(model.predict(filled()))).toEqual([8.5]);
  });

  test('refuses lengths that are none', () => {
    for (const length of ['3', undefined, null, [3], 3n])
      expectRefusal(() => make(length as never), 'ERR_INVALID_ARGUMENT', 'length');
    for (const length of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      expectRefusal(() => make(length), 'ERR_OUT_OF_RANGE', 'length');
    expectRefusal(() => make(2 ** 50), 'ERR_OUT_OF_RANGE', 'memory');
  });
});
