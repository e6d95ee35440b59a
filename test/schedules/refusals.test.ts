import * as schedules from '../../lib/schedules';
import type { ScheduleDescription } from '../../lib/schedules/schedule';
import { expectRefusal } from '../support/refusals';

/** The required options of each schedule, and the names of its options of each kind. */
const table: Record<string, { needs: Record<string, unknown>; kinds: Record<string, string[]> }> = {
  constant: { needs: { value: 1 }, kinds: { finite: ['value'] } },
  step: { needs: { from: 1, every: 2 }, kinds: { finite: ['from'], count: ['every'], factor: ['factor'] } },
  multiStep: {
    needs: { from: 1, milestones: [2] },
    kinds: { finite: ['from'], ascending: ['milestones'], factor: ['factor'] },
  },
  linear: { needs: { from: 1, to: 2, steps: 3 }, kinds: { finite: ['from', 'to'], count: ['steps'] } },
  polynomial: { needs: { from: 1, steps: 3 }, kinds: { finite: ['from', 'to'], count: ['steps'], factor: ['power'] } },
  exponential: { needs: { from: 1, factor: 0.5 }, kinds: { finite: ['from'], factor: ['factor'] } },
  inverseTime: {
    needs: { from: 1 },
    kinds: { finite: ['from', 'alpha'], positive: ['decay'], flag: ['allowDivergent'] },
  },
  cosine: { needs: { from: 1, steps: 3 }, kinds: { finite: ['from', 'to'], count: ['steps'], flag: ['periodic'] } },
  warmRestarts: {
    needs: { from: 1, steps: 3 },
    kinds: { finite: ['from', 'to'], count: ['steps'], atLeastOne: ['factor'] },
  },
  cyclic: {
    needs: { from: 1, to: 2, up: 3 },
    kinds: { finite: ['from', 'to'], count: ['up', 'down'], word: ['mode'], shrinking: ['factor'] },
  },
  oneCycle: {
    needs: { peak: 1, steps: 3 },
    kinds: {
      finite: ['peak'],
      count: ['steps'],
      share: ['warmup'],
      word: ['shape'],
      positive: ['initialDivisor', 'finalDivisor'],
      flag: ['threePhase'],
    },
  },
  warmupStableDecay: {
    needs: { peak: 1, warmup: 2, stable: 3, decay: 4 },
    kinds: { finite: ['peak', 'from', 'to'], count: ['decay'], whole: ['warmup', 'stable'], word: ['shape'] },
  },
  noam: { needs: { modelSize: 4, warmup: 5 }, kinds: { finite: ['factor'], count: ['modelSize', 'warmup'] } },
  piecewise: {
    needs: { boundaries: [3], values: [1, 2] },
    kinds: { ascending: ['boundaries'], list: ['values'], word: ['interpolate'] },
  },
  reduceOnPlateau: {
    needs: { from: 1 },
    kinds: {
      finite: ['from', 'minimum'],
      belowOne: ['factor'],
      whole: ['patience', 'cooldown'],
      factor: ['threshold', 'epsilon'],
      word: ['thresholdMode', 'mode'],
    },
  },
  join: { needs: { schedules: [1, 2], boundaries: [3] }, kinds: { ascending: ['boundaries'], list: ['schedules'] } },
  scale: { needs: { schedule: 1, by: 2 }, kinds: { part: ['schedule', 'by'] } },
  floor: { needs: { schedule: 1, minimum: 2 }, kinds: { part: ['schedule'], finite: ['minimum'] } },
};

/** Invalid numbers for an option of each kind. */
const outside: Record<string, number[]> = {
  finite: [NaN, Infinity, -Infinity],
  count: [0, -1, 1.5, NaN, Infinity, 2 ** 53],
  whole: [-1, 1.5, NaN, Infinity],
  factor: [-0.1, NaN, Infinity],
  positive: [0, -1, NaN, Infinity],
  atLeastOne: [0.99, 0, -1, NaN, Infinity],
  shrinking: [0, 1.01, -1, NaN, Infinity],
  share: [-0.01, 1.01, NaN, Infinity],
  belowOne: [1, -0.1, NaN],
};

/** Schedules that can leave their length to a run. */
const open = ['linear', 'polynomial', 'cosine', 'oneCycle'];

const from = (description: object) => () => schedules.from(description as ScheduleDescription);

describe.each(Object.entries(table))('%s', (name, { needs, kinds }) => {
  const options = Object.entries(kinds).flatMap(([kind, keys]) => keys.map((key) => [key, kind] as const));
  const withOption = (key: string, value: unknown) => from({ name, ...needs, [key]: value });

  test('has the options tested here', () => {
    const { description } = from({ name, ...needs })();
    expect(Object.keys(description).sort()).toEqual(['name', ...options.map(([key]) => key)].sort());
  });

  test.each(options)('checks %s (%s)', (key, kind) => {
    const wrongTypes =
      kind === 'word'
        ? [null, 1, {}]
        : kind === 'part' // which can be a function
          ? [null, '1', true]
          : [null, '1', true, () => 1].filter((x) => kind !== 'flag' || x !== true);
    for (const wrong of wrongTypes) expectRefusal(withOption(key, wrong), 'ERR_INVALID_ARGUMENT', key);
    if (kind === 'word') expectRefusal(withOption(key, 'spiral'), 'ERR_INVALID_ARGUMENT', key, '"spiral"', 'Known are');
    for (const number of outside[kind] ?? [])
      expectRefusal(withOption(key, number), 'ERR_OUT_OF_RANGE', key, String(number));
  });

  test('requires options without a default, and treats undefined as the default of others', () => {
    for (const [key] of options) {
      const { [key]: _left, ...rest } = needs;
      if (key === 'steps' && open.includes(name)) {
        for (const left of [from({ name, ...rest }), withOption(key, undefined)])
          expect(left().description).not.toHaveProperty('steps');
      } else if (key in needs) {
        expectRefusal(from({ name, ...rest }), 'ERR_INVALID_ARGUMENT', key, 'undefined');
        expectRefusal(withOption(key, undefined), 'ERR_INVALID_ARGUMENT', key, 'undefined');
      } else expect(withOption(key, undefined)().description).toEqual(from({ name, ...needs })().description);
    }
  });

  test('suggests the right name for a misspelled option', () => {
    const [key] = Object.keys(needs);
    expectRefusal(
      from({ name, ...needs, [`${key}e`]: 1 }),
      'ERR_INVALID_ARGUMENT',
      `schedules.${name}`,
      `"${key}e"`,
      `Did you mean "${key}"?`,
    );
  });
});

test('the tests cover all schedules', () => {
  const { from: _from, closed: _closed, custom: _custom, ...factories } = schedules; // the last two have separate tests
  expect(Object.keys(table).sort()).toEqual(Object.keys(factories).sort());
});

describe('lists', () => {
  const { join, multiStep, piecewise } = schedules;

  test('must be whole numbers in ascending order', () => {
    expectRefusal(() => multiStep({ from: 1, milestones: [5, 3] }), 'ERR_OUT_OF_RANGE', 'milestones[1] is 3 after 5');
    expectRefusal(() => multiStep({ from: 1, milestones: [0] }), 'ERR_OUT_OF_RANGE', 'milestones[0]', '0');
    expectRefusal(() => multiStep({ from: 1, milestones: [1, 2.5] }), 'ERR_OUT_OF_RANGE', 'milestones[1]', '2.5');
    expectRefusal(() => piecewise({ boundaries: [-1], values: [1, 2] }), 'ERR_OUT_OF_RANGE', 'boundaries[0]', '-1');
    expectRefusal(
      () => join({ schedules: [1, 2], boundaries: ['3' as never] }),
      'ERR_INVALID_ARGUMENT',
      'boundaries[0]',
    );
  });

  test('must have matching lengths', () => {
    expectRefusal(() => piecewise({ boundaries: [1], values: [1] }), 'ERR_SHAPE', 'values has 1', 'expected 2');
    expectRefusal(
      () => piecewise({ boundaries: [1], values: [1, 2], interpolate: 'linear' }),
      'ERR_SHAPE',
      'values has 2',
      'expected 1',
    );
    expectRefusal(() => piecewise({ boundaries: [], values: [], interpolate: 'linear' }), 'ERR_SHAPE', 'boundaries');
    expectRefusal(() => join({ schedules: [1], boundaries: [1] }), 'ERR_SHAPE', 'schedules has 1', 'expected 2');
    expectRefusal(() => join({ schedules: [], boundaries: [] }), 'ERR_SHAPE', 'schedules has 0', 'expected 1');
  });

  test('must be of finite numbers, or of schedules', () => {
    expectRefusal(() => piecewise({ boundaries: [1], values: [1, NaN] }), 'ERR_OUT_OF_RANGE', 'values[1]');
    expectRefusal(() => join({ schedules: [1, NaN], boundaries: [1] }), 'ERR_OUT_OF_RANGE', 'schedules[1]');
    expectRefusal(
      () => join({ schedules: [1, { name: 'cosin' }], boundaries: [1] }),
      'ERR_INVALID_ARGUMENT',
      'Did you mean "cosine"?',
    );
  });
});

describe('inverseTime', () => {
  const { inverseTime } = schedules;

  test.each([0.5, 0.3, 0, -1])('explains why α = %p does not converge', (alpha) => {
    expectRefusal(
      () => inverseTime({ from: 1, alpha }),
      'ERR_OUT_OF_RANGE',
      'alpha',
      String(alpha),
      'Robbins–Monro',
      'Σηₜ = ∞',
      'Σηₜ² < ∞',
      'with this alpha, Σηₜ² = ∞',
      'allowDivergent: true',
    );
    expect(inverseTime({ from: 1, alpha, allowDivergent: true })(1)).toBe(2 ** -alpha);
  });

  test('explains why α > 1 does not converge', () => {
    expectRefusal(() => inverseTime({ from: 1, alpha: 1.01 }), 'ERR_OUT_OF_RANGE', 'with this alpha, Σηₜ is finite');
    expect(inverseTime({ from: 1, alpha: 2, allowDivergent: true })(1)).toBe(0.25);
  });

  test.each([1, 0.75, 0.5 + 2 ** -50])('accepts α = %p', (alpha) => {
    expect(inverseTime({ from: 1, alpha }).description).toMatchObject({ alpha, allowDivergent: false });
  });
});

describe('oneCycle', () => {
  const { oneCycle } = schedules;

  test('refuses three phases with a warm-up of more than half', () => {
    expectRefusal(() => oneCycle({ peak: 1, steps: 9, warmup: 0.6, threePhase: true }), 'ERR_OUT_OF_RANGE', 'warmup');
    expect(oneCycle({ peak: 1, steps: 9, warmup: 0.6 })(100)).toBeLessThan(1);
  });

  test('refuses divisors that make a value overflow', () => {
    expectRefusal(() => oneCycle({ peak: 1, steps: 9, initialDivisor: 1e-320 }), 'ERR_OUT_OF_RANGE', 'divisors');
    expectRefusal(() => oneCycle({ peak: 1, steps: 9, finalDivisor: 1e-320 }), 'ERR_OUT_OF_RANGE', 'divisors');
  });
});
