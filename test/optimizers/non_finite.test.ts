import type { FloatType } from '../../lib/addon';
import { bfloat16 } from '../../lib/numbers/bfloat16';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sgd } from '../../lib/optimizers/sgd';
import { lead } from '../support/lead';
import { floatClass, gradients, parameters, range } from '../support/numbers';
import { expectRefusal, expectRejection } from '../support/refusals';
import { expectUnmoved } from '../support/unmoved';

const types: FloatType[] = ['float32', 'float64'];

/** Elements at which vectors, lanes and blocks begin and end. */
const places: [length: number, at: number][] = [
  [1, 0],
  [15, 14],
  [16, 15],
  [17, 16],
  [1024, 0],
  [1025, 1023],
  [1025, 1024],
  [3000, 1500],
];

describe.each(types)('a gradient in %s', (type) => {
  const spoiled = (length: number, at: number, value: number) => {
    const gradient = gradients(type, length, 1);
    gradient[at] = value;
    return gradient;
  };

  test.each([NaN, Infinity, -Infinity])('with %p is refused, and changes nothing', async (value) => {
    for (const [length, at] of places) {
      const optimizer = new Optimizer([parameters(type, 3, 1), parameters(type, length, 2)], adam(), {
        onNonFinite: 'throw',
      });
      optimizer.step([gradients(type, 3, 1), gradients(type, length, 2)]);
      const bad = [gradients(type, 3, 3), spoiled(length, at, value)];
      await expectUnmoved(optimizer, () =>
        expectRefusal(() => optimizer.step(bad), 'ERR_NON_FINITE', 'step 2', 'gradient'),
      );
      await expectUnmoved(optimizer, () => expectRejection(optimizer.stepAsync(bad), 'ERR_NON_FINITE', 'step 2'));
      expect(optimizer.skipped).toBe(0);
      expect(optimizer.step([gradients(type, 3, 1), gradients(type, length, 2)])).toBe(true);
      expect(optimizer.steps).toBe(2);
    }
  });

  test.each([NaN, Infinity, -Infinity])('with %p is skipped and counted', async (value) => {
    for (const [length, at] of places) {
      const optimizer = new Optimizer([parameters(type, 3, 1), parameters(type, length, 2)], adam(), {
        onNonFinite: 'skip',
      });
      optimizer.step([gradients(type, 3, 1), gradients(type, length, 2)]);
      const bad = [gradients(type, 3, 3), spoiled(length, at, value)];
      const outcomes: boolean[] = [];
      await expectUnmoved(optimizer, async () => {
        outcomes.push(optimizer.step(bad), await optimizer.stepAsync(bad));
      });
      expect([outcomes, optimizer.skipped, optimizer.steps]).toEqual([[false, false], 2, 1]);
    }
  });

  test('that is large but finite is used like any other', () => {
    const large = type === 'float32' ? 3e38 : 1e308;
    const { optimizer, theta } = lead(
      sgd({ learningRate: 0.5 }),
      new floatClass[type](3),
      [new floatClass[type](3).fill(large)],
      { onNonFinite: 'skip' },
    );
    expect([optimizer.skipped, optimizer.steps]).toEqual([0, 1]);
    expect(theta[0]! / large).toBeCloseTo(-0.5, 6);
  });
});

describe('a non-finite gradient', () => {
  test('is not looked for by default', () => {
    const { optimizer, theta } = lead(sgd(), new Float64Array(2), [Float64Array.of(NaN, 1)]);
    expect([optimizer.steps, optimizer.skipped, theta[0], theta[1]]).toEqual([1, 0, NaN, -1e-3]);
  });

  test('is found in bfloat16', () => {
    const optimizer = new Optimizer([new Float32Array(2)], sgd(), { onNonFinite: 'skip' });
    for (const bits of [0x7f80, 0xff80, 0x7fc0]) optimizer.step([bfloat16(Uint16Array.of(0x3f80, bits))]);
    expect([optimizer.skipped, optimizer.steps]).toEqual([3, 0]);
    expect(optimizer.step([bfloat16(Uint16Array.of(0x3f80, 0x7f7f))])).toBe(true);
  });

  test('is found in rows', () => {
    const optimizer = new Optimizer([{ data: new Float32Array(12), shape: [4, 3] }], adam(), { onNonFinite: 'skip' });
    const rows = { rows: [1, 3], columns: 3 };
    expect(optimizer.step([{ ...rows, values: Float32Array.of(1, 2, 3, 4, NaN, 6) }])).toBe(false);
    expect(optimizer.step([{ ...rows, values: Float32Array.of(1, 2, 3, 4, 5, 6) }])).toBe(true);
    expect(optimizer.skipped).toBe(1);
    expect(optimizer.gradientNorm).toBeCloseTo(Math.sqrt(91), 13);
  });

  test('is left out of accumulated gradients', () => {
    const optimizer = new Optimizer([new Float64Array(1)], sgd({ learningRate: 1 }), {
      accumulate: 2,
      onNonFinite: 'skip',
    });
    const outcomes = [2, NaN, 4, Infinity, 8, 10].map((g) => optimizer.step([Float64Array.of(g)]));
    expect(outcomes).toEqual([false, false, true, false, false, true]);
    expect([optimizer.parameters[0]![0], optimizer.skipped, optimizer.steps]).toEqual([-3 - 9, 2, 2]);
  });

  test('can be the sum of finite gradients, and accumulation begins anew', () => {
    const optimizer = new Optimizer([new Float32Array(1)], sgd({ learningRate: 1 }), {
      accumulate: 2,
      onNonFinite: 'skip',
    });
    optimizer.step([Float32Array.of(3e38)]);
    expect(optimizer.step([Float32Array.of(3e38)])).toBe(false);
    expect([optimizer.parameters[0]![0], optimizer.skipped, optimizer.steps]).toEqual([0, 1, 0]);
    expect([4, 8].map((g) => optimizer.step([Float32Array.of(g)]))).toEqual([false, true]);
    expect(optimizer.parameters[0]![0]).toBe(-6);
  });

  test('does not change the reported norm', () => {
    const optimizer = new Optimizer([new Float64Array(2)], sgd(), { onNonFinite: 'skip' });
    optimizer.step([Float64Array.of(NaN, 1)]);
    expect(optimizer.gradientNorm).toBe(undefined);
    optimizer.step([Float64Array.of(3, 4)]);
    optimizer.step([Float64Array.of(NaN, 1)]);
    expect(optimizer.gradientNorm).toBe(5);
  });

  test('requires "throw" or "skip"', () => {
    for (const onNonFinite of ['ignore', 'Skip'])
      expectRefusal(
        () => new Optimizer([new Float64Array(1)], sgd(), { onNonFinite: onNonFinite as 'skip' }),
        'ERR_INVALID_ARGUMENT',
        'onNonFinite',
        onNonFinite,
      );
    for (const onNonFinite of [true, null, 1])
      expectRefusal(
        () => new Optimizer([new Float64Array(1)], sgd(), { onNonFinite: onNonFinite as never }),
        'ERR_INVALID_ARGUMENT',
        'onNonFinite',
        'throw, skip',
      );
  });

  test('is found with many threads', async () => {
    const length = 300_000;
    const optimizer = new Optimizer([new Float32Array(length)], adam(), { onNonFinite: 'skip' });
    for (const at of range(4)) {
      const gradient = new Float32Array(length).fill(1);
      gradient[at * 99_999] = NaN;
      expect(optimizer.step([gradient])).toBe(false);
      expect(await optimizer.stepAsync([gradient])).toBe(false);
    }
    expect([optimizer.skipped, optimizer.steps]).toEqual([8, 0]);
    expect(optimizer.parameters[0]!.every((x) => x === 0)).toBe(true);
  });
});
