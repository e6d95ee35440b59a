import { constant as constantSchedule } from '../../lib/schedules/constant';
import { expectRefusal } from '../support/refusals';

describe('the constant schedule', () => {
  test('has one value at all steps', () => {
    const schedule = constantSchedule({ value: 0.3 });
    expect([0, 1, 1000, 1e9].map(schedule)).toEqual([0.3, 0.3, 0.3, 0.3]);
  });

  test.each([0, -1, 1e300])('can have any finite value, as %p', (value) => {
    expect(constantSchedule({ value })(5)).toBe(value);
  });

  test('requires a finite number', () => {
    for (const value of [undefined, null, '1', {}, true])
      expectRefusal(() => constantSchedule({ value } as never), 'ERR_INVALID_ARGUMENT', 'value');
    for (const value of [NaN, Infinity])
      expectRefusal(() => constantSchedule({ value }), 'ERR_OUT_OF_RANGE', 'value', String(value));
  });

  test('suggests the right name for a misspelled option', () => {
    const misspelled = { valeu: 1 } as unknown as { value: number };
    expectRefusal(
      () => constantSchedule(misspelled),
      'ERR_INVALID_ARGUMENT',
      'schedules.constant',
      '"valeu"',
      'Did you mean "value"?',
    );
  });
});
