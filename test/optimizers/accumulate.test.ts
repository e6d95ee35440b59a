import { bfloat16 } from '../../lib/numbers/bfloat16';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import { sgd } from '../../lib/optimizers/sgd';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { expectSameBits } from '../support/bits';
import { gradients, parameters, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';
import { expectUnmoved } from '../support/unmoved';

describe('accumulating gradients', () => {
  test('takes a step with the last of them, and returns true', () => {
    const theta = new Float64Array(2);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }), { accumulate: 3 });
    const outcomes = range(7).map((i) => optimizer.step([Float64Array.of(i, -3)]));
    expect(outcomes).toEqual([false, false, true, false, false, true, false]);
    expect(optimizer.steps).toBe(2);
    expect([...theta]).toEqual([-1 - 4, 6]);
  });

  test('can be done in the background', async () => {
    const theta = new Float64Array(1);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }), { accumulate: 2 });
    const outcomes = [];
    for (const i of range(4)) outcomes.push(await optimizer.stepAsync([Float64Array.of(2 * i)]));
    expect(outcomes).toEqual([false, true, false, true]);
    expect(theta[0]).toBe(-6);
  });

  test('changes neither parameters nor moments before', async () => {
    const optimizer = new Optimizer([parameters('float32', 5000, 1)], adam(), { accumulate: 2 });
    for (const i of range(2)) optimizer.step([gradients('float32', 5000, i)]);
    const { state } = optimizer;
    const [m, v] = ['m', 'v'].map((name) => state.get(name)![0]!.slice());
    const theta = optimizer.parameters[0]!.slice();
    expect(optimizer.step([gradients('float32', 5000, 5)])).toBe(false);
    expectSameBits(optimizer.parameters[0]!, theta);
    expectSameBits(state.get('m')![0]!, m!);
    expectSameBits(state.get('v')![0]!, v!);
  });

  test('counts in steps for schedules and bias corrections', () => {
    const rate = linearSchedule({ from: 1, to: 0, steps: 4 });
    const theta = new Float64Array(1);
    const optimizer = new Optimizer([theta], sgd({ learningRate: rate }), { accumulate: 2 });
    const points = range(4).map(() => {
      expect(optimizer.learningRate).toBe(rate(optimizer.steps));
      optimizer.step([Float64Array.of(0)]);
      optimizer.step([Float64Array.of(-16)]);
      return theta[0];
    });
    expect(points).toEqual([8, 14, 18, 20]);
  });

  test('clips the mean, not the gradients it is the mean of', () => {
    const theta = new Float64Array(2);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }), { accumulate: 2, clip: { norm: 5 } });
    optimizer.step([Float64Array.of(30, 0)]);
    optimizer.step([Float64Array.of(0, 40)]);
    expect(optimizer.gradientNorm).toBeCloseTo(25, 13);
    expect(theta[0]).toBeCloseTo(-3, 13);
    expect(theta[1]).toBeCloseTo(-4, 13);
    optimizer.step([Float64Array.of(1, 1)]);
    optimizer.step([Float64Array.of(1, 3)]);
    expect(optimizer.gradientNorm).toBeCloseTo(Math.sqrt(5), 13);
    expect(theta[1]).toBeCloseTo(-6, 13);
  });

  test('accepts bfloat16 beside others', () => {
    const theta = new Float32Array(1);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }), { accumulate: 2 });
    optimizer.step([bfloat16(Uint16Array.of(0x4040))]); // 3
    optimizer.step([Float32Array.of(5)]);
    expect(theta[0]).toBe(-4);
  });

  test("is not affected by later changes to the caller's arrays", () => {
    const gradient = Float64Array.of(4);
    const theta = new Float64Array(1);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }), { accumulate: 2 });
    optimizer.step([gradient]);
    gradient[0] = 8;
    optimizer.step([gradient]);
    expect([theta[0], gradient[0]]).toEqual([-6, 8]);
  });

  test('leaves a refused gradient out', async () => {
    const optimizer = new Optimizer([new Float64Array(1)], sgd({ learningRate: 1 }), { accumulate: 2 });
    optimizer.step([Float64Array.of(4)]);
    await expectUnmoved(optimizer, () =>
      expectRefusal(() => optimizer.step([Float64Array.of(4, 5)]), 'ERR_SHAPE', 'gradients[0]'),
    );
    expect(optimizer.step([Float64Array.of(2)])).toBe(true);
    expect(optimizer.parameters[0]![0]).toBe(-3);
  });

  test('by one changes nothing', () => {
    const optimizer = new Optimizer([new Float64Array(1)], adam(), { accumulate: 1 });
    expect(optimizer.step([Float64Array.of(1)])).toBe(true);
    expect([...optimizer.state.keys()]).toEqual(['m', 'v']);
  });

  test('must be by a whole number', () => {
    const accumulating = (accumulate: unknown) => () =>
      new Optimizer([new Float64Array(1)], adam(), { accumulate: accumulate as number });
    for (const value of [0, -1, 1.5, NaN, Infinity])
      expectRefusal(accumulating(value), 'ERR_OUT_OF_RANGE', 'accumulate', String(value));
    for (const value of ['2', null, true]) expectRefusal(accumulating(value), 'ERR_INVALID_ARGUMENT', 'accumulate');
  });
});
