import { cosine } from '../../lib/schedules/cosine';
import { range } from '../support/numbers';
import { expectRefusal } from '../support/refusals';

describe('the cosine schedule', () => {
  test('follows half a cosine from its first value to its last, and then stays there', () => {
    const schedule = cosine({ from: 3, to: 1, steps: 8 });
    for (const step of range(9)) expect(schedule(step)).toBeCloseTo(2 + Math.cos((Math.PI * step) / 8), 14);
    expect([schedule(0), schedule(8), schedule(9), schedule(1000)]).toEqual([3, 1, 1, 1]);
    expect(schedule(4)).toBeCloseTo(2, 14);
  });

  test('ends at 0 by default', () => {
    expect(cosine({ from: 1, steps: 5 })(5)).toBe(0);
  });

  test('can increase', () => {
    const schedule = cosine({ from: 0, to: 1, steps: 4 });
    const values = range(5).map(schedule);
    expect(values).toEqual([...values].sort((a, b) => a - b));
    expect([values[0], values[4]]).toEqual([0, 1]);
  });

  test('returns if it is periodic', () => {
    const schedule = cosine({ from: 1, to: 0.5, steps: 6, periodic: true });
    expect(schedule(12)).toBeCloseTo(1, 14);
    for (const step of range(30)) expect(schedule(step)).toBeCloseTo(0.75 + 0.25 * Math.cos((Math.PI * step) / 6), 14);
  });

  const made = (options: object) => () => cosine({ from: 1, steps: 10, ...options });

  test('requires finite numbers and a whole number of steps', () => {
    for (const value of ['1', null, {}, true]) {
      expectRefusal(made({ from: value }), 'ERR_INVALID_ARGUMENT', 'from');
      expectRefusal(made({ steps: value }), 'ERR_INVALID_ARGUMENT', 'steps');
    }
    for (const value of ['1', {}, true]) expectRefusal(made({ to: value }), 'ERR_INVALID_ARGUMENT', 'to');
    expectRefusal(made({ from: undefined }), 'ERR_INVALID_ARGUMENT', 'from', 'undefined');
    for (const value of [NaN, Infinity]) {
      expectRefusal(made({ from: value }), 'ERR_OUT_OF_RANGE', 'from', String(value));
      expectRefusal(made({ to: value }), 'ERR_OUT_OF_RANGE', 'to', String(value));
    }
    for (const steps of [0, -1, 1.5, NaN, Infinity])
      expectRefusal(made({ steps }), 'ERR_OUT_OF_RANGE', 'steps', String(steps));
  });

  test('requires a boolean for periodic', () => {
    expectRefusal(made({ periodic: 1 }), 'ERR_INVALID_ARGUMENT', 'periodic', 'boolean');
  });

  test('suggests the right name for a misspelled option', () => {
    expectRefusal(made({ step: 3 }), 'ERR_INVALID_ARGUMENT', 'schedules.cosine', '"step"', 'Did you mean "steps"?');
  });

  test('requires options', () => {
    expectRefusal(() => cosine(undefined as never), 'ERR_INVALID_ARGUMENT', 'schedules.cosine');
  });
});
