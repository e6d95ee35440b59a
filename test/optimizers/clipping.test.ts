import type { FloatArray, FloatType } from '../../lib/addon';
import { adam } from '../../lib/optimizers/adam';
import { Optimizer } from '../../lib/optimizers/optimizer';
import type { Parameter } from '../../lib/optimizers/parameter';
import type { Clip } from '../../lib/optimizers/plan';
import { sgd } from '../../lib/optimizers/sgd';
import { linear as linearSchedule } from '../../lib/schedules/linear';
import { expectSameBits } from '../support/bits';
import { greatestError } from '../support/closeness';
import { clipped, normOf, type Shaped } from '../support/composition';
import { inWay, ways } from '../support/instruction_sets';
import { lead } from '../support/lead';
import { floatClass, gradients, normal, parameters, range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const types: FloatType[] = ['float32', 'float64'];

/** The clipped gradient that a rule sees, measured by a step of SGD at rate 1. */
function seen(clip: Clip, parameters: readonly Shaped[], given: readonly Float64Array[]): Float64Array[] {
  const copies = parameters.map(({ data, shape }) => ({ data: data.slice(), shape }));
  new Optimizer(copies, sgd({ learningRate: 1 }), { clip }).step([...given]);
  return copies.map(({ data }, i) => data.map((x, k) => parameters[i]!.data[k]! - x));
}

const shaped = (seed: number, ...shapes: number[][]): Shaped[] => {
  const draw = normal(seed);
  return shapes.map((shape) => ({ data: new Float64Array(shape.reduce((a, b) => a * b, 1)).map(draw), shape }));
};
const drawn = (like: readonly Shaped[], seed: number, size = 1): Float64Array[] => {
  const draw = normal(seed);
  return like.map(({ data }) => data.map(() => size * draw()));
};

describe('clipping by value', () => {
  test.each(types)('limits each number to ± the limit, bit for bit, over %s', (type) => {
    for (const length of [...range(40), 1023, 1025, 2500]) {
      const given = range(3).map((i) => gradients(type, length, i));
      const held = given.map((gradient) => gradient.map((g) => Math.max(-0.125, Math.min(0.125, g)))) as FloatArray[];
      const initial = parameters(type, length, 3);
      const ours = lead(adam(), initial, given, { clip: { value: 0.125 } });
      expectSameBits(ours.theta, lead(adam(), initial, held).theta, `length ${length}`);
    }
  });

  test('follows a schedule', () => {
    const limit = linearSchedule({ from: 1, to: 0, steps: 4 });
    const theta = new Float64Array(1);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }), { clip: { value: limit } });
    const points = range(6).map(() => {
      optimizer.step([Float64Array.of(-8)]);
      return theta[0];
    });
    expect(points).toEqual([1, 1.75, 2.25, 2.5, 2.5, 2.5]);
  });

  test('computes no norm', () => {
    expect(lead(sgd(), new Float64Array(3), [new Float64Array(3)], { clip: { value: 1 } }).optimizer.gradientNorm).toBe(
      undefined,
    );
  });
});

describe('clipping by norm', () => {
  const start = shaped(1, [40, 30], [7], [0], [1100]);

  test.each([1e-3, 1, 39])('scales all gradients together to the norm %d', (limit) => {
    const given = drawn(start, 2);
    const norm = normOf(given);
    expect(norm).toBeGreaterThan(limit);
    const shortened = seen({ norm: limit }, start, given);
    expect(Math.abs(normOf(shortened) / limit - 1)).toBeLessThan(1e-11);
    for (const [i, gradient] of given.entries())
      expect(
        greatestError(
          shortened[i]!,
          gradient.map((g) => (g / norm) * limit),
        ),
      ).toBeLessThan(1e-13);
  });

  test('leaves shorter gradients as they are, bit for bit', () => {
    const given = drawn(start, 2);
    const limit = normOf(given) * (1 + 1e-12);
    for (const [i, data] of seen({ norm: limit }, start, given).entries())
      expectSameBits(data, seen({ norm: 1e9 }, start, given)[i]!);
    const [plain, wide] = [undefined, { norm: limit }].map((clip) => {
      const copies = start.map(({ data }) => data.slice());
      new Optimizer(copies, adam(), { clip }).step(given);
      return copies;
    });
    for (const i of start.keys()) expectSameBits(plain![i]!, wide![i]!);
  });

  test('reports the norm before clipping', () => {
    const copies = start.map(({ data }) => data.slice());
    const optimizer = new Optimizer(copies, sgd(), { clip: { norm: 1 } });
    expect(optimizer.gradientNorm).toBe(undefined);
    for (const seed of [3, 4]) {
      const given = drawn(start, seed, seed);
      optimizer.step(given);
      expect(Math.abs(optimizer.gradientNorm! / normOf(given) - 1)).toBeLessThan(1e-14);
    }
  });

  test('sums squares of single-precision gradients in double precision', () => {
    const gradient = new Float32Array(300_000).fill(0.1);
    gradient[0] = 1000;
    const { optimizer } = lead(sgd(), new Float32Array(300_000), [gradient], { clip: { norm: 1 } });
    const expected = Math.sqrt(1e6 + 299_999 * Math.fround(0.1) ** 2);
    expect(Math.abs(optimizer.gradientNorm! / expected - 1)).toBeLessThan(1e-12);
    const huge = lead(sgd(), new Float32Array(2), [Float32Array.of(3e30, 4e30)], { clip: { norm: 1 } });
    expect(huge.optimizer.gradientNorm! / 5e30).toBeCloseTo(1, 6);
  });

  test('computes no norm unless the norm is clipped', () => {
    expect(lead(sgd(), new Float64Array(3), [new Float64Array(3)]).optimizer.gradientNorm).toBe(undefined);
  });

  test('gives zeros at limit 0, and for zero gradients', () => {
    const given = drawn(start, 2);
    for (const array of seen({ norm: 0 }, start, given)) expect(array.every((x) => x === 0)).toBe(true);
    const zeros = start.map(({ data }) => new Float64Array(data.length));
    for (const array of seen({ norm: 1 }, start, zeros)) expect(array.every((x) => x === 0)).toBe(true);
  });

  test('follows a schedule', () => {
    const limit = linearSchedule({ from: 10, to: 5, steps: 2 });
    const theta = new Float64Array(2);
    const optimizer = new Optimizer([theta], sgd({ learningRate: 1 }), { clip: { norm: limit } });
    const points = range(3).map(() => {
      optimizer.step([Float64Array.of(-30, -40)]);
      return Math.hypot(theta[0]!, theta[1]!);
    });
    expect(points.map((x) => Math.round(x * 1e9) / 1e9)).toEqual([10, 17.5, 22.5]);
  });
});

describe('adaptive clipping', () => {
  const tall = [300, 5];
  const wide = [3, 1100];
  const cases: [string, number[][]][] = [
    ['a tall matrix', [tall]],
    ['a wide matrix', [wide]],
    ['a matrix of 64 and one columns', [[7, 65]]],
    ['a column', [[9, 1]]],
    ['a row', [[1, 9]]],
    ['vectors', [[17], [1500], [1]]],
    ['matrices and vectors', [tall, [5], wide, [1100], [2, 2]]],
  ];

  describe.each(['columns', 'rows'] as const)('by %s', (units) => {
    test.each(cases)('limits the units of %s to a share of their norm', (_, shapes) => {
      const start = shaped(3, ...shapes);
      for (const [seed, size] of [
        [4, 0.05],
        [5, 0.5],
      ] as const) {
        const given = drawn(start, seed, size);
        const clip = { adaptive: 0.1, units };
        const ours = seen(clip, start, given);
        for (const [i, expected] of clipped(clip, given, start, 0).entries())
          expect(greatestError(ours[i]!, expected)).toBeLessThan(1e-14);
      }
    });

    test('counts the norm of small units as epsilon', () => {
      const start = shaped(3, [4, 3]).map(({ shape }) => ({ data: new Float64Array(12), shape }));
      const given = drawn(start, 4);
      for (const epsilon of [undefined, 0.5]) {
        const clip = { adaptive: 0.1, units, epsilon };
        const [ours] = seen(clip, start, given);
        const [expected] = clipped(clip, given, start, 0);
        expect(greatestError(ours!, expected!)).toBeLessThan(1e-15);
        expect(normOf([ours!]) / Math.sqrt(units === 'rows' ? 4 : 3)).toBeCloseTo(0.1 * (epsilon ?? 1e-3), 12);
      }
    });
  });

  test('takes columns as units, as the weights of dense are laid out, by default', () => {
    const start = [{ data: Float64Array.of(3, 0.1, 4, 0), shape: [2, 2] }];
    const given = [Float64Array.of(3, 0.3, 4, 0.4)];
    const [columns] = seen({ adaptive: 0.1 }, start, given);
    expect(greatestError(columns!, [0.3, 0.006, 0.4, 0.008])).toBeLessThan(1e-15);
  });

  test('takes an array without a shape as one unit', () => {
    const start = shaped(3, [12]);
    const given = drawn(start, 4);
    const theta = start[0]!.data.slice();
    new Optimizer([theta], sgd({ learningRate: 1 }), { clip: { adaptive: 0.1 } }).step(given);
    const [expected] = clipped({ adaptive: 0.1 }, given, start, 0);
    const moved = theta.map((x, i) => start[0]!.data[i]! - x);
    expect(greatestError(moved, expected!)).toBeLessThan(1e-15);
  });

  test('follows the parameters and a schedule from step to step', () => {
    const clip = { adaptive: linearSchedule({ from: 0.2, to: 0.05, steps: 3 }), units: 'rows' as const };
    const ours = shaped(3, [5, 4], [6]);
    const theirs = shaped(3, [5, 4], [6]);
    const optimizer = new Optimizer(ours as Parameter[], sgd({ learningRate: 1 }), { clip });
    for (const step of range(5)) {
      const given = drawn(ours, step);
      optimizer.step(given);
      for (const [i, gradient] of clipped(clip, given, theirs, step).entries())
        for (const [k, g] of gradient.entries()) theirs[i]!.data[k]! -= g;
      for (const i of ours.keys()) expect(greatestError(ours[i]!.data, theirs[i]!.data)).toBeLessThan(1e-14);
    }
  });
});

describe.each<[string, Clip]>([
  ['value', { value: 0.01 }],
  ['norm', { norm: 0.01 }],
  ['adaptive by columns', { adaptive: 0.01 }],
  ['adaptive by rows', { adaptive: 0.01, units: 'rows' }],
])('clipping, %s,', (_, clip) => {
  test.each(types)(
    'has the same bits on all instruction sets and with any number of threads, over %s',
    async (type) => {
      const shapes = [[700, 201], [67], [3, 40_001]];
      const [initial, first, second] = [0, 10, 20].map((seed) =>
        shapes.map((shape, i) => floats(type, shape, seed + i)),
      );
      const runs: FloatArray[][] = [];
      for (const way of ways) {
        const start = shapes.map((shape, i) => ({ data: initial![i]!.slice() as FloatArray, shape }));
        const optimizer = new Optimizer(start, adam(), { clip });
        await inWay(way, async () => {
          optimizer.step(first!);
          await optimizer.stepAsync(second!);
        });
        runs.push(start.map(({ data }) => data));
      }
      for (const run of runs) for (const i of shapes.keys()) expectSameBits(run[i]!, runs[0]![i]!, `parameters[${i}]`);
    },
  );
});

function floats(type: FloatType, shape: number[], seed: number): FloatArray {
  const draw = normal(seed);
  return new floatClass[type](shape.reduce((a, b) => a * b, 1)).map(draw);
}

describe('the option clip', () => {
  const refused = (clip: unknown, ...[code, ...names]: [Parameters<typeof expectRefusal>[1], ...string[]]) =>
    expectRefusal(
      () => new Optimizer([new Float32Array(1)], sgd(), { clip: clip as Clip }).step([new Float32Array(1)]),
      code,
      ...names,
    );

  test('must be of a known kind', () => {
    refused({}, 'ERR_INVALID_ARGUMENT', 'clip', 'norm', 'value', 'adaptive');
    refused({ norm: 1, value: 1 }, 'ERR_INVALID_ARGUMENT', 'clip', 'norm', 'value', 'adaptive');
    refused({ norn: 1 }, 'ERR_INVALID_ARGUMENT', 'clip', '"norn"', 'Did you mean "norm"?');
    refused(1, 'ERR_INVALID_ARGUMENT', 'clip', '1');
    refused(null, 'ERR_INVALID_ARGUMENT', 'clip', 'null');
  });

  test.each(['norm', 'value', 'adaptive'])('has a limit of %s that is finite and not negative', (kind) => {
    for (const limit of [-1, NaN, Infinity]) refused({ [kind]: limit }, 'ERR_OUT_OF_RANGE', `clip.${kind}`);
    refused({ [kind]: '1' }, 'ERR_INVALID_ARGUMENT', `clip.${kind}`);
    const falling = linearSchedule({ from: -1, to: -2, steps: 2 });
    refused({ [kind]: falling }, 'ERR_OUT_OF_RANGE', `clip.${kind}`, '-1', 'step 0');
  });

  test('has epsilon and units with adaptive only', () => {
    refused({ norm: 1, epsilon: 1 }, 'ERR_INVALID_ARGUMENT', 'clip.epsilon', 'clip.adaptive');
    refused({ value: 1, units: 'rows' }, 'ERR_INVALID_ARGUMENT', 'clip.units', 'clip.adaptive');
    refused({ adaptive: 1, epsilon: 0 }, 'ERR_OUT_OF_RANGE', 'clip.epsilon', '0');
    refused({ adaptive: 1, units: 'row' }, 'ERR_INVALID_ARGUMENT', 'clip.units', 'Did you mean "rows"?');
  });
});
