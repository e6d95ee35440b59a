import '../../lib/schedules/cosine';
import { constant as constantSchedule } from '../../lib/schedules/constant';
import { floor as floorSchedule } from '../../lib/schedules/floor';
import { join as joinSchedule } from '../../lib/schedules/join';
import {
  type PlateauSchedule,
  plateausIn,
  type ReduceOnPlateauOptions,
  reduceOnPlateau,
} from '../../lib/schedules/reduce_on_plateau';
import { scale as scaleSchedule } from '../../lib/schedules/scale';
import { from as fromSchedule } from '../../lib/schedules/schedule';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const plateau = (options: Partial<ReduceOnPlateauOptions> = {}) =>
  reduceOnPlateau({ from: 1, factor: 0.5, patience: 1, threshold: 0, ...options });

/** The value after each metric. */
const course = (schedule: PlateauSchedule, metrics: number[]) =>
  metrics.map((metric) => {
    schedule.observe(metric);
    return schedule(0);
  });

describe('reduceOnPlateau', () => {
  test('is reduced when patience runs out', () => {
    expect(course(plateau(), [5, 4, 4, 4, 4, 4, 3, 3])).toEqual([1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25]);
    expect(course(plateau({ patience: 0 }), [5, 5, 4])).toEqual([1, 0.5, 0.5]);
    expect(course(plateau({ mode: 'max', patience: 0 }), [5, 6, 5, 7])).toEqual([1, 1, 0.5, 0.5]);
  });

  test('waits while it cools down', () => {
    expect(course(plateau({ cooldown: 2, patience: 0 }), [5, 5, 5, 5, 5, 5, 5, 5])).toEqual([
      1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125,
    ]);
  });

  test('counts as improvements only those beyond the threshold', () => {
    const strict = { patience: 0, threshold: 0.1 };
    expect(course(plateau({ ...strict }), [100, 90, 89.9, 81])).toEqual([1, 0.5, 0.5, 0.25]);
    expect(course(plateau({ ...strict, mode: 'max' }), [100, 110, 110.1, 121])).toEqual([1, 0.5, 0.5, 0.25]);
    const absolute = { patience: 0, threshold: 8, thresholdMode: 'absolute' } as const;
    expect(course(plateau(absolute), [100, 92, 91, 83])).toEqual([1, 0.5, 0.5, 0.25]);
    expect(course(plateau({ ...absolute, mode: 'max' }), [100, 108, 109, 117])).toEqual([1, 0.5, 0.5, 0.25]);
  });

  test('counts NaN as no improvement, and infinite metrics by their sign', () => {
    expect(course(plateau({ patience: 0 }), [NaN, 5, NaN, 4])).toEqual([0.5, 0.5, 0.25, 0.25]);
    expect(course(plateau(), [NaN, NaN, NaN])).toEqual([1, 0.5, 0.5]);
    expect(course(plateau({ patience: 0 }), [Infinity, -Infinity, 4])).toEqual([0.5, 0.5, 0.25]);
  });

  test('is never below its minimum, and makes no tiny reduction', () => {
    expect(course(plateau({ patience: 0, minimum: 0.3 }), [1, 1, 1, 1])).toEqual([1, 0.5, 0.3, 0.3]);
    expect(course(plateau({ patience: 0, epsilon: 0.25 }), [1, 1, 1, 1])).toEqual([1, 0.5, 0.5, 0.5]);
  });

  test("has PyTorch's defaults", () => {
    expect(reduceOnPlateau({ from: 1 }).description).toEqual({
      name: 'reduceOnPlateau',
      from: 1,
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: 'relative',
      cooldown: 0,
      minimum: 0,
      epsilon: 1e-8,
      mode: 'min',
    });
  });

  test('has one value at all steps', () => {
    const schedule = plateau({ patience: 0 });
    course(schedule, [1, 1]);
    expect(schedule.tabulate(7, 3)).toEqual(Float64Array.of(0.5, 0.5, 0.5));
    expect(schedule(1e15)).toBe(0.5);
  });

  test('starts afresh when rebuilt from its JSON', () => {
    const schedule = plateau({ patience: 0 });
    course(schedule, [1, 1]);
    const again = fromSchedule(JSON.parse(JSON.stringify(schedule))) as PlateauSchedule;
    expect([schedule(0), again(0)]).toEqual([0.5, 1]);
    expect(again.description).toEqual(schedule.description);
  });

  test.each(['min', 'max'] as const)('continues from its state, through JSON, at any moment (%s)', (mode) => {
    const metrics = [NaN, 5, 4, 4, 4, 6, 4, Infinity, 6, 6, 4, -Infinity, 4, 4, 4, 4, 4, 4];
    const options = { cooldown: 1, mode };
    const uninterrupted = course(plateau(options), metrics);
    for (const end of range(metrics.length + 1)) {
      const first = plateau(options);
      course(first, metrics.slice(0, end));
      const second = plateau(options);
      second.restore(JSON.parse(JSON.stringify(first.state)));
      expect(second.state).toEqual(first.state);
      expect(course(second, metrics.slice(end))).toEqual(uninterrupted.slice(end));
    }
  });

  test('exposes no mutable state', () => {
    const schedule = plateau();
    Object.assign(schedule.state, { value: 7 });
    expect(schedule(0)).toBe(1);
    expect(Object.isFrozen(schedule)).toBe(true);
  });

  test('observes numbers only', () => {
    for (const metric of ['1', undefined, null])
      expectRefusal(() => plateau().observe(metric as never), 'ERR_INVALID_ARGUMENT', 'metric');
  });

  test('changes nothing when a state is refused', () => {
    const schedule = plateau({ patience: 0 });
    course(schedule, [3, 3]);
    const { state } = schedule;
    for (const wrong of [
      { value: NaN },
      { value: '1' },
      { best: 'best' },
      { best: null },
      { best: NaN },
      { badCount: -1 },
      { badCount: 0.5 },
      { cooldownLeft: undefined },
      { extra: 1 },
    ]) {
      const [key] = Object.keys(wrong);
      const code = 'value' in wrong && Number.isNaN(wrong.value) ? 'ERR_OUT_OF_RANGE' : undefined;
      expect(() => schedule.restore({ ...state, value: 0.9, ...wrong } as never)).toThrow(
        code === undefined ? expect.objectContaining({ message: expect.stringContaining(key!) }) : RangeError,
      );
      expect(schedule.state).toEqual(state);
    }
    expectRefusal(() => schedule.restore(null as never), 'ERR_INVALID_ARGUMENT', 'state');
    for (const value of [state.value * 100, -1])
      expectRefusal(() => schedule.restore({ ...state, value }), 'ERR_OUT_OF_RANGE', 'state.value');
    expect(schedule.state).toEqual(state);
  });
});

describe('plateausIn', () => {
  test('finds the parts of a schedule, each once', () => {
    const a = plateau();
    const b = plateau();
    const tree = joinSchedule({
      schedules: [
        scaleSchedule({ schedule: a, by: { name: 'cosine', from: 1, steps: 9 } }),
        floorSchedule({ schedule: scaleSchedule({ schedule: b, by: a }), minimum: 0 }),
        0.1,
      ],
      boundaries: [2, 4],
    });
    expect(plateausIn(tree)).toEqual([a, b]);
    expect(plateausIn(a)).toEqual([a]);
    expect(plateausIn(constantSchedule({ value: 1 }))).toEqual([]);
  });

  test('finds parts made from descriptions', () => {
    const scaled = fromSchedule({ name: 'scale', schedule: plateau({ patience: 0 }).description, by: 2 });
    const [found] = plateausIn(scaled);
    course(found!, [1, 1]);
    expect(scaled(0)).toBe(1);
  });
});
