import {
  cyclic,
  exponential,
  floor,
  inverseTime,
  join,
  linear,
  multiStep,
  noam,
  oneCycle,
  piecewise,
  polynomial,
  scale,
  step,
  warmRestarts,
  warmupStableDecay,
} from '../../lib/schedules';
import { range } from '../support/numbers';

/** Expects equal numbers, up to the rounding of a few operations. */
function expectClose(actual: number[], expected: number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries())
    expect([i, Math.abs(actual[i]! - value) <= 1e-15 * Math.max(1, Math.abs(value)) ? value : actual[i]]).toEqual([
      i,
      value,
    ]);
}

describe('step', () => {
  test('is multiplied by the factor every `every` steps', () => {
    expect(range(7).map(step({ from: 8, every: 3, factor: 0.5 }))).toEqual([8, 8, 8, 4, 4, 4, 2]);
  });

  test('falls to a tenth by default', () => {
    expect(step({ from: 1, every: 2 }).description).toMatchObject({ factor: 0.1 });
  });

  test('can fall to zero, or grow to the largest number', () => {
    expect([4, 5, 1e15].map(step({ from: 8, every: 5, factor: 0 }))).toEqual([8, 0, 0]);
    expect(step({ from: -8, every: 1, factor: 2 })(1e15)).toBe(-Number.MAX_VALUE);
    expect(step({ from: 0, every: 1, factor: 2 })(1e15)).toBe(0);
  });
});

describe('multiStep', () => {
  test('is multiplied by the factor at each milestone, twice at a repeated one', () => {
    expect(range(8).map(multiStep({ from: 16, milestones: [2, 5, 5, 7], factor: 0.5 }))).toEqual([
      16, 16, 8, 8, 8, 2, 2, 1,
    ]);
    expect(multiStep({ from: 1, milestones: [] })(1e15)).toBe(1);
    expect(multiStep({ from: 1, milestones: [1] })(1)).toBe(0.1);
  });
});

describe('linear', () => {
  test('changes in equal steps', () => {
    expectClose(range(6).map(linear({ from: 1, to: 3, steps: 4 })), [1, 1.5, 2, 2.5, 3, 3]);
  });

  test('spans the whole range of numbers', () => {
    const way = linear({ from: -Number.MAX_VALUE, to: Number.MAX_VALUE, steps: 8 });
    expectClose(
      range(9).map((step) => way(step) / Number.MAX_VALUE),
      range(9).map((step) => step / 4 - 1),
    );
  });
});

describe('polynomial', () => {
  test('falls as a power of the remaining share', () => {
    expectClose(range(6).map(polynomial({ from: 17, to: 1, steps: 4, power: 2 })), [17, 10, 5, 2, 1, 1]);
    expectClose(range(6).map(polynomial({ from: 8, steps: 4, power: 0.5 })), [8, 48 ** 0.5, 32 ** 0.5, 4, 0, 0]);
    expect(polynomial({ from: 8, steps: 4 }).description).toMatchObject({ to: 0, power: 1 });
  });
});

describe('exponential', () => {
  test('is multiplied by the factor at each step', () => {
    expect(range(4).map(exponential({ from: 3, factor: 2 }))).toEqual([3, 6, 12, 24]);
    expect([1, 2].map((t) => exponential({ from: 3, factor: 0.5 })(1000 * t))).toEqual([3 * 2 ** -1000, 0]);
  });
});

describe('inverseTime', () => {
  test("is by default the lecture's C·t^−α for t = 1, 2, …", () => {
    for (const alpha of [1, 0.75, 0.51])
      expectClose(
        range(50).map(inverseTime({ from: 0.3, alpha })),
        range(50).map((t) => 0.3 * (t + 1) ** -alpha),
      );
    expect(range(4).map(inverseTime({ from: 12 }))).toEqual([12, 6, 4, 3]);
  });

  test('falls at the rate of alpha', () => {
    expectClose(range(4).map(inverseTime({ from: 1, decay: 0.5 })), [1, 1 / 1.5, 1 / 2, 1 / 2.5]);
    expect(inverseTime({ from: 8, decay: 3, alpha: 0.5, allowDivergent: true })(5)).toBe(2);
    expect(inverseTime({ from: 8, decay: 1, alpha: 3, allowDivergent: true })(1)).toBe(1);
  });
});

describe('warmRestarts', () => {
  const half = (x: number) => (1 + Math.cos(Math.PI * x)) / 2;

  test.each([1, 2, 3, 1.5, 1.1, 1.37, 1.001])('restarts after periods that are each %p times as long', (factor) => {
    const schedule = warmRestarts({ from: 3, to: 1, steps: 16, factor });
    const starts = [0];
    for (let sum = 16, length = 16; starts.at(-1)! <= 2000; length *= factor, sum += length)
      starts.push(Math.round(sum));
    for (const [i, start] of starts.slice(0, -1).entries())
      for (let t = start; t < starts[i + 1]!; ++t)
        expect([t, schedule(t)]).toEqual([t, expect.closeTo(1 + 2 * half((t - start) / (starts[i + 1]! - start)), 14)]);
  });

  test.each([1, 2, 3, 7])('restarts exactly, however late, with factor %p', (factor) => {
    const schedule = warmRestarts({ from: 0.3, to: 0.1, steps: 5, factor });
    for (let start = 0, length = 5; start < 1e15; start += length, length *= factor) {
      expect(schedule(start)).toBe(0.3);
      if (start > 0) expect(schedule(start - 1)).toBeLessThan(0.28);
      if (factor === 1 && start > 1000) break;
    }
  });

  test('knows its position even in a period that hardly grows', () => {
    const schedule = warmRestarts({ from: 1, steps: 10, factor: 1 + 1e-12 });
    for (const t of range(100)) expect(schedule(t)).toBeCloseTo(half((t % 10) / 10), 6);
  });
});

describe('cyclic', () => {
  test('rises and falls', () => {
    expectClose(range(9).map(cyclic({ from: 1, to: 3, up: 2, down: 4 })), [1, 2, 3, 2.5, 2, 1.5, 1, 2, 3]);
    expectClose(range(5).map(cyclic({ from: 3, to: 1, up: 2 })), [3, 2, 1, 2, 3]);
  });

  test('halves its height with each cycle', () => {
    const schedule = cyclic({ from: 1, to: 9, up: 1, down: 3, mode: 'triangular2' });
    expectClose([1, 5, 9, 13, 4, 6].map(schedule), [9, 5, 3, 2, 1, 1 + (4 * 2) / 3]);
  });

  test('shrinks at each step', () => {
    const schedule = cyclic({ from: 1, to: 9, up: 2, mode: 'exponential', factor: 0.5 });
    expectClose(range(7).map(schedule), [1, 1 + 4 * 0.5, 1 + 8 * 0.25, 1 + 4 * 0.125, 1, 1 + 4 / 32, 1 + 8 / 64]);
  });

  test('falls as long as it rises, in equal cycles, by default', () => {
    expect(cyclic({ from: 1, to: 9, up: 2 }).description).toMatchObject({ down: 2, mode: 'triangular', factor: 1 });
  });
});

describe('oneCycle', () => {
  test('rises from a part of the peak to the peak, and falls to a much smaller part', () => {
    const schedule = oneCycle({
      peak: 8,
      steps: 11,
      warmup: 5 / 11,
      shape: 'linear',
      initialDivisor: 4,
      finalDivisor: 2,
    });
    expectClose(range(5).map(schedule), [2, 3.5, 5, 6.5, 8]);
    expectClose([7, 10, 11, 1e15].map(schedule), [4.5, 1, 1, 1]);
  });

  test('returns to the first value before the last, in three phases', () => {
    const schedule = oneCycle({
      peak: 8,
      steps: 12,
      warmup: 5 / 12,
      shape: 'linear',
      initialDivisor: 4,
      finalDivisor: 2,
      threePhase: true,
    });
    expectClose(range(13).map(schedule), [2, 3.5, 5, 6.5, 8, 6.5, 5, 3.5, 2, 2 - 1 / 3, 2 - 2 / 3, 1, 1]);
  });

  test('has the defaults of PyTorch', () => {
    expect(oneCycle({ peak: 1, steps: 10 }).description).toEqual({
      name: 'oneCycle',
      peak: 1,
      steps: 10,
      warmup: 0.3,
      shape: 'cosine',
      initialDivisor: 25,
      finalDivisor: 1e4,
      threePhase: false,
    });
  });

  test('can be all warm-up, have none, or have one step', () => {
    expect([4, 5, 1e15].map(oneCycle({ peak: 1, steps: 5, warmup: 1 }))).toEqual([1, 1, 1]);
    expect(oneCycle({ peak: 1, steps: 6, warmup: 0.5, threePhase: true })(4)).toBe(1 / 25);
    expect(oneCycle({ peak: 1, steps: 5, warmup: 0.2 })(0)).toBe(1);
    expect(oneCycle({ peak: 1, steps: 5, warmup: 0 })(0)).toBeLessThan(1);
    expect(oneCycle({ peak: 1, steps: 1 })(0)).toBe(1 / 25 / 1e4);
  });
});

describe('warmupStableDecay', () => {
  const made = (options: object) => warmupStableDecay({ peak: 8, warmup: 4, stable: 3, decay: 4, ...options });

  test('rises, stays and falls', () => {
    expectClose(range(13).map(made({})), [0, 2, 4, 6, 8, 8, 8, 8, 6, 4, 2, 0, 0]);
    expectClose(range(13).map(made({ from: 4, to: 6 })), [4, 5, 6, 7, 8, 8, 8, 8, 7.5, 7, 6.5, 6, 6]);
  });

  test('falls along other curves', () => {
    const shares = [0, 0.25, 0.5, 0.75, 1];
    expectClose(
      [7, 8, 9, 10, 11].map(made({ shape: 'cosine' })),
      shares.map((x) => 4 + 4 * Math.cos(Math.PI * x)),
    );
    expectClose(
      [7, 8, 9, 10, 11].map(made({ shape: 'oneMinusSquareRoot' })),
      shares.map((x) => 8 * (1 - Math.sqrt(x))),
    );
  });

  test('can omit warm-up and stable phase', () => {
    expectClose(range(5).map(made({ warmup: 0, stable: 0 })), [8, 6, 4, 2, 0]);
    expect(made({}).description).toMatchObject({ from: 0, to: 0, shape: 'linear' });
  });
});

describe('noam', () => {
  test('is the formula of the Transformer, with its first step counted as 1', () => {
    const schedule = noam({ modelSize: 16, warmup: 9, factor: 2 });
    for (const n of [1, 2, 8, 9, 10, 100, 1e6])
      expect(schedule(n - 1)).toBeCloseTo(2 * 16 ** -0.5 * Math.min(n ** -0.5, n * 9 ** -1.5), 15);
    expect(schedule(8)).toBeCloseTo(2 / 4 / 3, 15);
    expect(noam({ modelSize: 16, warmup: 9 })(8)).toBeCloseTo(1 / 4 / 3, 15);
  });

  test('is largest after the warm-up', () => {
    const schedule = noam({ modelSize: 512, warmup: 100 });
    const values = range(300).map(schedule);
    expect(values.indexOf(Math.max(...values))).toBe(99);
  });
});

describe('piecewise', () => {
  test('has one value before each boundary and one after the last', () => {
    expect(range(7).map(piecewise({ boundaries: [2, 5], values: [3, 1, 2] }))).toEqual([3, 3, 1, 1, 1, 2, 2]);
    expect(piecewise({ boundaries: [], values: [3] })(9)).toBe(3);
    expect([0, 1].map(piecewise({ boundaries: [0, 1, 1], values: [1, 2, 3, 4] }))).toEqual([2, 4]);
  });

  test('can follow a line through points', () => {
    const line = piecewise({ boundaries: [2, 4, 8], values: [1, 5, 3], interpolate: 'linear' });
    expectClose(range(11).map(line), [1, 1, 1, 3, 5, 4.5, 4, 3.5, 3, 3, 3]);
    expect(piecewise({ boundaries: [4], values: [7], interpolate: 'linear' })(2)).toBe(7);
    const jump = piecewise({ boundaries: [0, 2, 2, 4], values: [0, 2, 6, 8], interpolate: 'linear' });
    expectClose(range(5).map(jump), [0, 1, 6, 7, 8]);
  });
});

describe('join', () => {
  test('starts each schedule at its boundary', () => {
    const joined = join({
      schedules: [linear({ from: 0, to: 4, steps: 4 }), { name: 'step', from: 4, every: 2 }, 9],
      boundaries: [4, 8],
    });
    expectClose(range(10).map(joined), [0, 1, 2, 3, 4, 4, 0.4, 0.4, 9, 9]);
  });
});

describe('scale and floor', () => {
  test('multiply, and level out', () => {
    const line = linear({ from: 4, to: 0, steps: 4 });
    expect(range(5).map(scale({ schedule: line, by: 3 }))).toEqual([12, 9, 6, 3, 0]);
    expect(range(5).map(scale({ schedule: line, by: line }))).toEqual([16, 9, 4, 1, 0]);
    expect(range(6).map(floor({ schedule: line, minimum: 1.5 }))).toEqual([4, 3, 2, 1.5, 1.5, 1.5]);
  });
});
