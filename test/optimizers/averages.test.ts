import '../../lib/optimizers/schedule_free';
import type { FloatArray, FloatType } from '../../lib/addon';
import { adam } from '../../lib/optimizers/adam';
import { type Average, ema, polyak, swa } from '../../lib/optimizers/average';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Rule } from '../../lib/optimizers/rule';
import { sgd } from '../../lib/optimizers/sgd';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { averageOf } from '../support/composition';
import { gradients, parameters, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const types: FloatType[] = ['float32', 'float64'];
/** Bounds for the errors of averages with a dozen roundings. */
const bounds = { float32: 2e-6, float64: 4e-15 };

/** The parameters and the average after each step. */
function averages(
  average: Average,
  rule: Rule = sgd({ learningRate: 0.1 }),
  type: FloatType = 'float64',
  length = 30,
  steps = 12,
): { points: FloatArray[]; averages: FloatArray[] } {
  const theta = parameters(type, length, 3);
  const optimizer = new Optimizer([theta], rule, { average });
  const points: FloatArray[] = [];
  const seen = range(steps).map((step) => {
    optimizer.step([gradients(type, length, step)]);
    points.push(theta.slice() as FloatArray);
    return optimizer.averaged()[0]!;
  });
  return { points, averages: seen };
}

const all: [string, Average][] = [
  ['polyak()', polyak()],
  ['polyak({ start: 4 })', polyak({ start: 4 })],
  ['ema()', ema()],
  ['ema({ decay: 0.5 })', ema({ decay: 0.5 })],
  ['ema({ decay: 0 })', ema({ decay: 0 })],
  ['swa({ start: 1 })', swa({ start: 1 })],
  ['swa({ start: 3, every: 4 })', swa({ start: 3, every: 4 })],
];

describe.each(all)('%s', (_, average) => {
  describe.each(types)('over %s', (type) => {
    test.each([0, 1, 30, 1025, 5000])('is the mean of the points that count, of length %i', (length) => {
      const { points, averages: seen } = averages(average, adam({ learningRate: 0.1 }), type, length);
      for (const [step, ours] of seen.entries()) {
        const before = points.slice(0, step + 1).map((point) => [Float64Array.from(point)]);
        expect(greatestError(ours, averageOf(average, before)[0]!)).toBeLessThan(bounds[type]);
      }
    });

    test('does not change a bit of the parameters', () => {
      const theta = parameters(type, 30, 3);
      const optimizer = new Optimizer([theta], sgd({ learningRate: 0.1 }));
      const { points } = averages(average, undefined, type);
      for (const step of range(12)) {
        optimizer.step([gradients(type, 30, step)]);
        expectSameBits(points[step]!, theta, `step ${step}`);
      }
    });
  });

  test('is the parameters themselves before and after the first step, bit for bit', () => {
    const { points, averages: seen } = averages(average);
    expectSameBits(seen[0]!, points[0]!);
    const theta = parameters('float64', 30, 3);
    expectSameBits(new Optimizer([theta], sgd(), { average }).averaged()[0]!, theta);
  });

  test('survives JSON', () => {
    const copy = JSON.parse(JSON.stringify(average)) as Average;
    expect(Object.isFrozen(average)).toBe(true);
    expect(averages(copy).averages).toEqual(averages(average).averages);
  });
});

describe('polyak', () => {
  test('is the parameters until its start, and at its start, bit for bit', () => {
    const { points, averages: seen } = averages(polyak({ start: 4 }));
    for (const i of range(4)) expectSameBits(seen[i]!, points[i]!, `step ${i + 1}`);
    expect(greatestError(seen[4]!, points[4]!)).toBeGreaterThan(1e-6);
    expect(polyak()).toEqual(polyak({ start: 1 }));
  });
});

describe('ema', () => {
  test('is bias-corrected: the average of constant parameters is their value', () => {
    const theta = Float64Array.of(7, -3);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 0.1 }), { average: ema({ decay: 0.99 }) });
    for (const _ of range(20)) {
      optimizer.step([new Float64Array(2)]);
      expect(greatestError(optimizer.averaged()[0]!, theta)).toBeLessThan(1e-14);
    }
  });

  test('with decay 0 is the parameters, bit for bit', () => {
    const { points, averages: seen } = averages(ema({ decay: 0 }));
    for (const [i, point] of points.entries()) expectSameBits(seen[i]!, point, `step ${i + 1}`);
  });

  test('has decay 0.999 by default', () => {
    expect(ema()).toEqual(ema({ decay: 0.999 }));
  });
});

describe('swa', () => {
  test('does not change between the steps that count, bit for bit', () => {
    const { averages: seen } = averages(swa({ start: 3, every: 4 }));
    for (const i of [3, 4, 5, 7, 8, 9]) expectSameBits(seen[i]!, seen[i - 1]!, `step ${i + 1}`);
    for (const i of [6, 10]) expect(greatestError(seen[i]!, seen[i - 1]!)).toBeGreaterThan(1e-6);
  });

  test('counts every step by default', () => {
    expect(swa({ start: 5 })).toEqual(swa({ start: 5, every: 1 }));
  });
});

describe('an average', () => {
  test('is a copy', () => {
    const theta = Float64Array.of(1);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }), { average: polyak() });
    optimizer.step([Float64Array.of(1)]);
    const [first] = optimizer.averaged();
    first![0] = 100;
    optimizer.step([Float64Array.of(1)]);
    expect([optimizer.averaged()[0]![0], theta[0]]).toEqual([-0.5, -1]);
    expect(optimizer.evaluationParameters()).toEqual(optimizer.averaged());
  });

  test('takes precedence over the evaluation point of a rule', () => {
    const rule: Rule = { name: 'scheduleFree', learningRate: 0.5 };
    const { points, averages: seen } = averages(ema({ decay: 0 }), rule);
    for (const [i, point] of points.entries()) expectSameBits(seen[i]!, point, `step ${i + 1}`);
  });

  test('is refused unless the optimizer has one', () => {
    const optimizer = new Optimizer([new Float64Array(1)], sgd());
    expectRefusal(() => optimizer.averaged(), 'ERR_INVALID_ARGUMENT', 'average', 'polyak()');
  });

  test('is part of the state', () => {
    const { state } = new Optimizer([new Float32Array(3)], adam(), { average: polyak() });
    expect([...state.keys()]).toEqual(['m', 'v', 'average']);
  });

  test('checks the ranges of its options', () => {
    for (const value of [0, -1, 1.5, NaN]) {
      expectRefusal(() => polyak({ start: value }), 'ERR_OUT_OF_RANGE', 'polyak.start');
      expectRefusal(() => swa({ start: value }), 'ERR_OUT_OF_RANGE', 'swa.start');
      expectRefusal(() => swa({ start: 1, every: value }), 'ERR_OUT_OF_RANGE', 'swa.every');
    }
    for (const value of [-0.1, 1, NaN]) expectRefusal(() => ema({ decay: value }), 'ERR_OUT_OF_RANGE', 'ema.decay');
    expectRefusal(() => ema({ decay: '1' as never }), 'ERR_INVALID_ARGUMENT', 'ema.decay');
    expectRefusal(() => swa({} as never), 'ERR_INVALID_ARGUMENT', 'swa.start');
    expectRefusal(() => polyak({ begin: 1 } as never), 'ERR_INVALID_ARGUMENT', 'polyak', '"begin"', 'start');
  });

  test.each<[unknown, string]>([
    [null, 'average'],
    ['ema', 'average'],
    [{ name: 'mean' }, '"mean"'],
    [{ name: 'ema', start: 1 }, '"start"'],
    [{ decay: 0.9 }, 'average'],
  ])('must be made by polyak, ema or swa, not %p', (average, name) => {
    expectRefusal(
      () => new Optimizer([new Float32Array(1)], sgd(), { average: average as Average }),
      'ERR_INVALID_ARGUMENT',
      name,
    );
  });
});
