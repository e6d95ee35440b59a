import { constant as constantSchedule } from '../../lib/schedules/constant';
import { cosine } from '../../lib/schedules/cosine';
import { from as fromSchedule, type Schedule, type ScheduleDescription } from '../../lib/schedules/schedule';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

const all: [string, Schedule][] = [
  ['constant', constantSchedule({ value: 0.25 })],
  ['cosine', cosine({ from: 1, to: 0.1, steps: 7 })],
  ['cosine, periodic', cosine({ from: 1, to: 0.1, steps: 7, periodic: true })],
];

describe.each(all)('a schedule (%s)', (name, schedule) => {
  test('has the same values when tabulated', () => {
    expect(schedule.tabulate(0, 20)).toEqual(Float64Array.from(range(20), schedule));
    expect(schedule.tabulate(5, 10)).toEqual(Float64Array.from(range(10), (i) => schedule(5 + i)));
    expect(schedule.tabulate(1_000_000, 1)).toEqual(Float64Array.of(schedule(1_000_000)));
    expect(schedule.tabulate(3, 0)).toEqual(new Float64Array(0));
    expectRefusal(() => schedule.tabulate(0, 2 ** 31), 'ERR_OUT_OF_RANGE', 'count', `${2 ** 26}`);
  });

  test('can be rebuilt from its JSON', () => {
    const again = fromSchedule(JSON.parse(JSON.stringify(schedule)));
    expect(again.description).toEqual(schedule.description);
    expect(again.tabulate(0, 30)).toEqual(schedule.tabulate(0, 30));
  });

  test('describes itself by its name and all its options, and cannot be changed', () => {
    expect(schedule.description.name).toBe(name.split(',')[0]);
    expect(schedule.toJSON()).toBe(schedule.description);
    expect(Object.isFrozen(schedule.description)).toBe(true);
    expect(Object.isFrozen(schedule)).toBe(true);
  });

  test('is tabulated for whole steps only', () => {
    for (const first of [-1, 0.5, NaN])
      expectRefusal(() => schedule.tabulate(first, 1), 'ERR_OUT_OF_RANGE', 'first', String(first));
    for (const count of [-1, 0.5, NaN])
      expectRefusal(() => schedule.tabulate(0, count), 'ERR_OUT_OF_RANGE', 'count', String(count));
    expectRefusal(() => schedule.tabulate('0' as never, 1), 'ERR_INVALID_ARGUMENT', 'first', '"0"');
  });
});

describe('schedules.from', () => {
  const from = (description: unknown) => () => fromSchedule(description as ScheduleDescription);

  test('uses the defaults for omitted options', () => {
    expect(fromSchedule({ name: 'cosine', from: 1, steps: 4 }).description).toEqual({
      name: 'cosine',
      from: 1,
      to: 0,
      steps: 4,
      periodic: false,
    });
  });

  test('lists the known schedules', () => {
    expectRefusal(
      from({ name: 'cosin', from: 1, steps: 4 }),
      'ERR_INVALID_ARGUMENT',
      '"cosin"',
      'Did you mean "cosine"?',
    );
    expectRefusal(from({ name: 'plateau' }), 'ERR_INVALID_ARGUMENT', '"plateau"', 'constant', 'cosine');
    expectRefusal(from({ name: 'toString' }), 'ERR_INVALID_ARGUMENT', '"toString"');
    expectRefusal(from({}), 'ERR_INVALID_ARGUMENT', 'schedule', 'undefined');
  });

  test('checks the options like the schedule itself', () => {
    expectRefusal(from({ name: 'cosine', steps: 1 }), 'ERR_INVALID_ARGUMENT', 'from');
    expectRefusal(
      from({ name: 'constant', value: 1, steps: 1 }),
      'ERR_INVALID_ARGUMENT',
      'schedules.constant',
      '"steps"',
    );
  });

  test.each([[undefined], [null], ['cosine'], [1]])('requires an object, not %p', (description) => {
    expectRefusal(from(description), 'ERR_INVALID_ARGUMENT', 'schedule', 'object');
  });
});
