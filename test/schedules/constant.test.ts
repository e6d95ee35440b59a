import { schedules } from 'glissade';
import { expectRefusal } from '../support/refusals';

describe('the constant schedule', () => {
  test('has one value at all steps', () => {
    const schedule = schedules.constant({ value: 0.3 });
    expect([0, 1, 1000, 1e9].map(schedule)).toEqual([0.3, 0.3, 0.3, 0.3]);
  });

  test.each([0, -1, 1e300])('may have any finite value, as %p', (value) => {
    expect(schedules.constant({ value })(5)).toBe(value);
  });

  test('needs a finite number', () => {
    for (const value of [undefined, null, '1', {}, true])
      expectRefusal(() => schedules.constant({ value } as never), 'ERR_INVALID_ARGUMENT', 'value');
    for (const value of [NaN, Infinity])
      expectRefusal(() => schedules.constant({ value }), 'ERR_OUT_OF_RANGE', 'value', String(value));
  });

  test('suggests the right name for a misspelled option', () => {
    const misspelled = { valeu: 1 } as unknown as { value: number };
    expectRefusal(
      () => schedules.constant(misspelled),
      'ERR_INVALID_ARGUMENT',
      'schedules.constant',
      '"valeu"',
      'Did you mean "value"?',
    );
  });
});
