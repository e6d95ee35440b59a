import * as schedules from '../../lib/schedules';
import type { Schedule } from '../../lib/schedules/schedule';
import { range } from '../support/numbers';
import fc from '../support/properties';
import { descriptions, drawnNames, steps } from './arbitrary';

const { cosine, floor, from, join, linear, multiStep, polynomial, scale } = schedules;

/** Steps at which schedules change, and some far beyond. */
const probes = [...range(130), 1e6, 1e9, 1e12, 1e15, Number.MAX_SAFE_INTEGER];
const values = (schedule: Schedule) => probes.map(schedule);

const small = fc.double({ min: -10, max: 10, noNaN: true });
const whole = fc.integer({ min: 1, max: 60 });

describe('any schedule', () => {
  test('can be rebuilt from its JSON, with the same values', () => {
    fc.assert(
      fc.property(descriptions, (description) => {
        const schedule = from(description);
        const again = from(JSON.parse(JSON.stringify(schedule)));
        expect(again.description).toEqual(schedule.description);
        expect(JSON.stringify(again)).toBe(JSON.stringify(schedule));
        expect(values(again)).toEqual(values(schedule));
      }),
    );
  });

  test('has finite values at any step', () => {
    fc.assert(
      fc.property(descriptions, fc.array(steps), (description, some) => {
        const schedule = from(description);
        expect([...some, ...probes].filter((step) => !Number.isFinite(schedule(step)))).toEqual([]);
      }),
    );
  });

  test('depends only on the step', () => {
    fc.assert(
      fc.property(descriptions, (description) => {
        const schedule = from(description);
        const forwards = values(schedule);
        expect([...probes].reverse().map(schedule).reverse()).toEqual(forwards);
        expect(values(from(description))).toEqual(forwards);
      }),
    );
  });

  test('has the same values when tabulated', () => {
    fc.assert(
      fc.property(descriptions, fc.nat(1_000_000), fc.nat(50), (description, first, count) => {
        const schedule = from(description);
        expect(schedule.tabulate(first, count)).toEqual(
          Float64Array.from(
            range(count).map((i) => first + i),
            schedule,
          ),
        );
      }),
    );
  });

  test('has no −0, which is not JSON', () => {
    const nothing = [
      schedules.constant({ value: -0 }),
      schedules.piecewise({ boundaries: [1], values: [-0, -0] }),
      join({ schedules: [-0, -0], boundaries: [1] }),
      scale({ schedule: 0, by: -1 }),
    ];
    for (const schedule of nothing) {
      expect(schedule.description).toEqual(JSON.parse(JSON.stringify(schedule)));
      expect([schedule(0), schedule(1), ...schedule.tabulate(0, 2)]).toEqual([0, 0, 0, 0]);
    }
  });

  test('does not share its arguments', () => {
    const boundaries = [3];
    const joined = join({ schedules: [1, 2], boundaries });
    boundaries[0] = 100;
    expect([2, 3].map(joined)).toEqual([1, 2]);
    expect(joined.description.boundaries).toEqual([3]);
    expect(() => (joined.description.boundaries as number[]).push(4)).toThrow(TypeError);
  });

  test('is covered by these tests', () => {
    expect(
      Object.keys(schedules)
        .filter((name) => !['from', 'closed', 'custom'].includes(name)) // the last two have separate tests
        .sort(),
    ).toEqual(drawnNames);
  });
});

describe('compositions of schedules', () => {
  test('joined, have the values of each from its boundary on', () => {
    fc.assert(
      fc.property(descriptions, descriptions, descriptions, fc.nat(60), fc.nat(60), (a, b, c, first, length) => {
        const second = first + length;
        const joined = join({ schedules: [a, from(b), c], boundaries: [first, second] });
        const [one, two, three] = [from(a), from(b), from(c)];
        const expected = (step: number) =>
          step < first ? one(step) : step < second ? two(step - first) : three(step - second);
        expect(values(joined)).toEqual(probes.map(expected));
      }),
    );
  });

  test('joined without a boundary, or in two ways of bracketing, are equal', () => {
    fc.assert(
      fc.property(descriptions, descriptions, descriptions, whole, whole, (a, b, c, first, length) => {
        expect(values(join({ schedules: [a], boundaries: [] }))).toEqual(values(from(a)));
        const inner = { name: 'join', schedules: [b, c], boundaries: [length] };
        expect(values(join({ schedules: [a, inner], boundaries: [first] }))).toEqual(
          values(join({ schedules: [a, b, c], boundaries: [first, first + length] })),
        );
      }),
    );
  });

  test('scaled, are the product, in either order', () => {
    fc.assert(
      fc.property(descriptions, descriptions, small, (a, b, number) => {
        expect(values(scale({ schedule: a, by: 1 }))).toEqual(values(from(a)));
        expect(values(scale({ schedule: a, by: b }))).toEqual(values(scale({ schedule: b, by: a })));
        const product = scale({ schedule: a, by: number });
        const exact = values(from(a)).map((value) => value * number);
        const fits = (_: number, i: number) => Number.isFinite(exact[i]);
        expect(values(product).filter(fits)).toEqual(exact.filter(fits).map((value) => value + 0));
      }),
    );
  });

  test('floored, are never below the minimum, and unchanged above', () => {
    fc.assert(
      fc.property(descriptions, small, (a, minimum) => {
        const floored = floor({ schedule: a, minimum });
        expect(values(floored)).toEqual(values(from(a)).map((value) => (value > minimum ? value : minimum + 0)));
      }),
    );
  });

  test('accept a number as a constant', () => {
    fc.assert(
      fc.property(descriptions, small, (a, value) => {
        const constant = { name: 'constant', value };
        expect(values(scale({ schedule: a, by: value }))).toEqual(values(scale({ schedule: a, by: constant })));
        expect(values(join({ schedules: [value, a], boundaries: [5] }))).toEqual(
          values(join({ schedules: [constant, a], boundaries: [5] })),
        );
      }),
    );
  });
});

describe.each([
  ['linear', (from: number, to: number, count: number) => linear({ from, to, steps: count })],
  ['polynomial', (from: number, to: number, count: number) => polynomial({ from, to, steps: count, power: 1.7 })],
  ['cosine', (from: number, to: number, count: number) => cosine({ from, to, steps: count })],
  [
    'decaying, linear',
    (peak: number, to: number, decay: number) =>
      schedules.warmupStableDecay({ peak, warmup: 0, stable: 0, decay, to, shape: 'linear' }),
  ],
  [
    'decaying, cosine',
    (peak: number, to: number, decay: number) =>
      schedules.warmupStableDecay({ peak, warmup: 0, stable: 0, decay, to, shape: 'cosine' }),
  ],
  [
    'decaying, oneMinusSquareRoot',
    (peak: number, to: number, decay: number) =>
      schedules.warmupStableDecay({ peak, warmup: 0, stable: 0, decay, to, shape: 'oneMinusSquareRoot' }),
  ],
])('a monotone schedule (%s)', (_name, make) => {
  test('begins and ends exactly at its values, stays there, and never reverses', () => {
    fc.assert(
      fc.property(small, small, whole, (first, last, count) => {
        const way = make(first, last, count);
        expect(way(0)).toBe(first + 0);
        for (const step of [count, count + 1, 1e15]) expect(way(step)).toBe(last + 0);
        const rounding = 4 * Number.EPSILON * Math.max(Math.abs(first), Math.abs(last));
        const progress = range(count).map((step) => (way(step + 1) - way(step)) * Math.sign(last - first));
        expect(Math.min(...progress)).toBeGreaterThanOrEqual(-rounding);
      }),
    );
  });

  test('is symmetric', () => {
    fc.assert(
      fc.property(small, small, whole, fc.nat(70), (first, last, count, step) => {
        expect(make(-first, -last, count)(step)).toBe(-make(first, last, count)(step) + 0);
      }),
    );
  });
});

test('polynomial with power 1 is linear', () => {
  fc.assert(
    fc.property(small, small, whole, fc.nat(70), (first, last, count, step) => {
      const line = linear({ from: first, to: last, steps: count })(step);
      expect(polynomial({ from: first, to: last, steps: count })(step)).toBeCloseTo(line, 13);
    }),
  );
});

test('multiStep with equidistant milestones is step', () => {
  fc.assert(
    fc.property(small, whole, fc.double({ min: 0, max: 2, noNaN: true }), (first, every, factor) => {
      const milestones = range(20).map((i) => (i + 1) * every);
      const many = multiStep({ from: first, milestones, factor });
      const regular = schedules.step({ from: first, every, factor });
      expect(range(21 * every).map(many)).toEqual(range(21 * every).map(regular));
    }),
  );
});
